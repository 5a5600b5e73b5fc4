// SCORM 1.2 (Run-Time Environment 3.4).
import { BROWSE, NORMAL, REVIEW } from "./runtime.js";
import { ScormRuntime } from "./runtime_scorm.js";

const CALLS = { initialize: "LMSInitialize", get: "LMSGetValue", set: "LMSSetValue", commit: "LMSCommit", finish: "LMSFinish" };
const MODES = { browse: BROWSE, review: REVIEW };
const FINAL = new Set(["passed", "completed"]);
/** CMIFeedback holds 255 characters. */
const LONGEST = 255;

const two = (number) => String(number).padStart(2, "0");
/** CMITimespan: ``0001:02:03.45`` */
export function timespan(seconds) {
  const all = Math.round(seconds * 100);
  const clock = `${two(Math.floor(all / 6000) % 60)}:${two(Math.floor(all / 100) % 60)}.${two(all % 100)}`;
  return `${String(Math.min(9999, Math.floor(all / 360000))).padStart(4, "0")}:${clock}`;
}

const letterOf = (at) => "abcdefghijklmnopqrstuvwxyz0123456789"[at];
const digitOf = (at) => "123456789abcdefghijklmnopqrstuvwxyz"[at];

/* An answer in SCORM 1.2 is made of single characters: the place of each thing in the lesson's own order. */
function feedback(interaction, response) {
  const { choices, source, target } = interaction.components;
  if (interaction.type === "matching") {
    const [from, to] = [Object.keys(source), Object.keys(target)];
    return response.map(([one, other]) => `${letterOf(from.indexOf(one))}.${digitOf(to.indexOf(other))}`).join(",");
  }
  const ids = Object.keys(choices);
  return response.map((one) => letterOf(ids.indexOf(one))).join(",");
}

/** ``a[.]b[,]c[.]d`` as a response is: a list of ids, or of pairs. */
const read = (pattern, type) => pattern.split("[,]").map((one) => (type === "matching" ? one.split("[.]") : one));

export class Scorm12Runtime extends ScormRuntime {
  constructor(note) {
    super(note, "API", CALLS);
    this.location = "cmi.core.lesson_location";
  }

  opened() {
    this.mode = MODES[this.get("cmi.core.lesson_mode")] ?? NORMAL;
    const language = this.get("cmi.student_preference.language").toLowerCase();
    this.languages = [{ swedish: "sv", svenska: "sv", english: "en", engelska: "en" }[language] ?? language].filter(Boolean);
    const mastery = parseFloat(this.get("cmi.student_data.mastery_score"));
    if (mastery >= 0 && mastery <= 100) this.mastery = mastery / 100;
    const status = this.get("cmi.core.lesson_status");
    this.done = FINAL.has(status);
    this.count = parseInt(this.get("cmi.interactions._count"), 10) || 0;
    // Moodle keeps what is said while browsing: a lesson that has been begun or completed is to stay so.
    if (this.mode === BROWSE && status === "not attempted") this.set("cmi.core.lesson_status", "browsed");
    if (this.mode === NORMAL) {
      if (!this.done) this.set("cmi.core.lesson_status", "incomplete");
      // Said at once, so that a window that is only closed can be gone on with too.
      this.set("cmi.core.exit", "suspend");
    }
    return this.mode === BROWSE ? "" : this.get("cmi.suspend_data");
  }

  answered({ interaction, response, success, id, key }) {
    if (!this.isRecording) return;
    const n = `cmi.interactions.${this.count++}`;
    const now = new Date();
    this.set(`${n}.id`, [this.lesson.id, id, interaction.item_id, key].filter(Boolean).join("_"));
    this.set(`${n}.type`, interaction.type);
    this.set(`${n}.time`, `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}.00`);
    if (interaction.correct_responses_pattern) {
      const pattern = feedback(interaction, read(interaction.correct_responses_pattern[0], interaction.type));
      this.set(`${n}.correct_responses.0.pattern`, pattern.slice(0, LONGEST));
    }
    this.set(`${n}.student_response`, feedback(interaction, response).slice(0, LONGEST));
    this.set(`${n}.result`, success === null ? "neutral" : success ? "correct" : "wrong");
  }

  progress(_share, score) {
    if (!this.isRecording || !score) return;
    this.set("cmi.core.score.min", 0);
    this.set("cmi.core.score.max", 100);
    this.set("cmi.core.score.raw", Math.round((100 * score.score) / score.max));
  }

  completed() {
    if (!this.isRecording) return;
    this.done = true;
    this.set("cmi.core.lesson_status", this.lesson.judged ? "passed" : "completed");
  }

  closing() {
    this.set("cmi.core.session_time", timespan(this.seconds));
  }
}
