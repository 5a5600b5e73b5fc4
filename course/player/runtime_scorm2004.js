// SCORM 2004 4th Edition (Run-Time Environment 4).
import { BROWSE, isoDuration, NORMAL, REVIEW } from "./runtime.js";
import { ScormRuntime } from "./runtime_scorm.js";
import { language } from "./texts.js";

const CALLS = { initialize: "Initialize", get: "GetValue", set: "SetValue", commit: "Commit", finish: "Terminate" };
const MODES = { browse: BROWSE, review: REVIEW };
/** A platform has to keep this many interactions, patterns and characters; more than that it may drop. */
const MOST_INTERACTIONS = 250;
const MOST_PATTERNS = { matching: 5, sequencing: 5, choice: 10 };
const LONGEST_TEXT = 250;

/** In an answer Moodle takes letters, digits, dots and underscores only. Our ids have hyphens and no underscores. */
const plain = (answer) => answer.replaceAll("-", "_");
const joined = (interaction, response) => response
  .map((one) => (interaction.type === "matching" ? one.join("[.]") : one)).join("[,]");
/** ``time (second,10,0)``: without hundredths it fits everywhere. */
const timestamp = () => new Date().toISOString().slice(0, 19);

export class Scorm2004Runtime extends ScormRuntime {
  constructor(note) {
    super(note, "API_1484_11", CALLS);
    this.location = "cmi.location";
  }

  opened() {
    this.mode = MODES[this.get("cmi.mode")] ?? NORMAL;
    this.languages = [this.get("cmi.learner_preference.language")].filter(Boolean);
    const mastery = parseFloat(this.get("cmi.scaled_passing_score"));
    if (mastery >= 0 && mastery <= 1) this.mastery = mastery;
    this.done = this.get("cmi.completion_status") === "completed";
    this.count = parseInt(this.get("cmi.interactions._count"), 10) || 0;
    if (this.mode === NORMAL) {
      if (!this.done) this.set("cmi.completion_status", "incomplete");
      // Said at once, so that a window that is only closed can be gone on with too.
      this.set("cmi.exit", "suspend");
    }
    this.canGoOn = this.get("adl.nav.request_valid.continue") === "true";
    return this.mode === BROWSE || this.get("cmi.entry") === "ab-initio" ? "" : this.get("cmi.suspend_data");
  }

  answered({ interaction, response, success }) {
    if (!this.isRecording || this.count >= MOST_INTERACTIONS) return;
    const n = `cmi.interactions.${this.count++}`;
    this.set(`${n}.id`, interaction.iri);
    this.set(`${n}.type`, interaction.type);
    this.set(`${n}.timestamp`, timestamp());
    const patterns = (interaction.correct_responses_pattern ?? []).slice(0, MOST_PATTERNS[interaction.type]);
    // Of a choice each pattern must be another one; of a sequence there is only one.
    patterns.forEach((pattern, at) => this.set(`${n}.correct_responses.${at}.pattern`, plain(pattern)));
    this.set(`${n}.learner_response`, plain(joined(interaction, response)));
    this.set(`${n}.result`, success === null ? "neutral" : success ? "correct" : "incorrect");
    const words = interaction.description[language()] ?? Object.values(interaction.description)[0];
    this.set(`${n}.description`, `{lang=${language()}}${words.slice(0, LONGEST_TEXT)}`);
  }

  judged({ passed }) {
    if (!this.isRecording || this.passed) return;
    this.passed = passed || this.get("cmi.success_status") === "passed";
    this.set("cmi.success_status", this.passed ? "passed" : "failed");
  }

  progress(share, score) {
    if (!this.isRecording) return;
    this.set("cmi.progress_measure", Math.round(share * 1e4) / 1e4);
    if (!score) return;
    // Platforms show the raw score as it is, next to others of 100.
    this.set("cmi.score.min", 0);
    this.set("cmi.score.max", 100);
    this.set("cmi.score.raw", Math.round((100 * score.score) / score.max));
    this.set("cmi.score.scaled", Math.round((1e4 * score.score) / score.max) / 1e4);
  }

  completed() {
    if (!this.isRecording) return;
    this.done = true;
    this.set("cmi.completion_status", "completed");
    this.set("cmi.progress_measure", 1);
    this.canGoOn = this.get("adl.nav.request_valid.continue") === "true";
  }

  asked(onward) {
    this.set("adl.nav.request", onward ? "continue" : "suspendAll");
  }

  closing() {
    this.set("cmi.session_time", isoDuration(this.seconds));
  }
}
