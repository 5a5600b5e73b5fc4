// An assignable unit of cmi5 (sections of "cmi5 Specification Profile for xAPI", Quartz).
import { BROWSE, isReading, newSeed, NORMAL, REVIEW, Runtime } from "./runtime.js";
import { isLater, Outbox } from "./outbox.js";
import { Writer } from "./statements.js";

const PARAMETERS = ["endpoint", "fetch", "actor", "registration", "activityId"];
const MODES = { Normal: NORMAL, Browse: BROWSE, Review: REVIEW };
/** Our document beside ``LMS.LaunchData``: where the learner is, and what has been told. */
const STATE = "samverkan.lesson";
const PATIENCE = 4000;

/** Requests that outlive their page may hold 64 KiB together: the last words, and two saves at most. */
const MOST_AT_THE_END = 32_000;
const MOST_TO_KEEP = 15_000;

class Refused extends Error {}

const isDefined = ({ context }) => (context.contextActivities.category ?? []).some((one) => one.id.endsWith("/categories/cmi5"));

/* As much as gets through when the window closes: what cmi5 defines always, and of the answers the first that fit. */
function fitting(statements) {
  const size = (one) => JSON.stringify(one).length;
  let room = MOST_AT_THE_END - statements.filter(isDefined).reduce((sum, one) => sum + size(one), 0);
  return statements.filter((one) => isDefined(one) || (room -= size(one)) > 0);
}

export class Cmi5Runtime extends Runtime {
  async start() {
    const query = new URLSearchParams(location.search);
    if (isReading() || PARAMETERS.some((name) => !query.get(name))) return null;
    this.launch = Object.fromEntries(PARAMETERS.map((name) => [name, query.get(name)]));
    this.launch.actor = JSON.parse(this.launch.actor);
    this.endpoint = this.launch.endpoint.replace(/\/*$/, "/");
    try {
      return await this.#open();
    } catch (error) {
      this.note(error instanceof Refused ? "used" : "refused", true);
      return null;
    }
  }

  async #open() {
    this.token = await this.#fetchToken();
    const launchData = await this.#read(this.#address("activities/state", { stateId: "LMS.LaunchData" }));
    if (!launchData?.contextTemplate) throw new Refused();
    const preferences = await this.#read(this.#address("agents/profile", { profileId: "cmi5LearnerPreferences" }));
    const kept = await this.#read(this.#address("activities/state", { stateId: STATE }));
    this.data = Object.values(window.Samverkan.lessons)[0];
    this.mode = MODES[launchData.launchMode] ?? NORMAL;
    this.mastery = typeof launchData.masteryScore === "number" ? launchData.masteryScore : null;
    this.returnUrl = launchData.returnURL;
    this.canLeave = true;
    this.languages = this.#languages(launchData.launchParameters, preferences?.languagePreference);
    this.writer = new Writer(
      { ...this.launch, template: launchData.contextTemplate, mastery: this.mastery }, window.Samverkan.course, this.data,
    );
    this.saved = { record: null, seed: newSeed(), sent: {}, ...this.#newest(kept) };
    this.before = this.saved.record?.seconds ?? 0;
    this.began = performance.now();
    this.outbox = new Outbox((statements) => this.#post(statements), {
      gone: (on) => this.note("gone", on),
      refused: (status, statement) => this.#wasRefused(status, statement),
      delivered: (statements) => this.#wasDelivered(statements),
    });
    this.retold = new Set();
    this.outbox.add(this.writer.initialized());
    this.#tellWhatIsUntold();
    addEventListener("pagehide", () => this.#hide());
    return this.mode === BROWSE ? { record: null, seed: this.saved.seed } : structuredClone(this.saved);
  }

  /** The fetch URL answers once (8.2); after that the token is kept as long as the tab. */
  async #fetchToken() {
    const response = await fetch(this.launch.fetch, { method: "POST" });
    const answer = await response.json();
    if (!answer["auth-token"]) throw new Refused();
    return answer["auth-token"];
  }

  /* ``language=sv`` in the launch parameters goes before what the learner prefers. */
  #languages(parameters, preferred) {
    const asked = new URLSearchParams(parameters ?? "").get("language");
    const wanted = typeof preferred === "string" ? preferred.split(",").map((one) => one.trim()) : [];
    return [asked, ...wanted].filter((one) => one && one !== "auto");
  }

  // ---------------------------------------------------------------- the platform

  #address(resource, parameters, registration = resource !== "agents/profile") {
    const query = new URLSearchParams({ agent: JSON.stringify(this.launch.actor), ...parameters });
    if (resource === "activities/state") query.set("activityId", this.launch.activityId);
    if (registration) query.set("registration", this.launch.registration);
    return `${this.endpoint}${resource}?${query}`;
  }

  #request(address, options = {}) {
    const headers = { Authorization: `Basic ${this.token}`, "X-Experience-API-Version": "1.0.3" };
    if (options.body) headers["Content-Type"] = "application/json";
    return fetch(address, { ...options, headers });
  }

  async #read(address) {
    const response = await this.#request(address);
    if (response.status === 404) return null;
    if (!response.ok) throw new Error(`${response.status}`);
    return response.json().catch(() => null);
  }

  async #post(statements, options = {}) {
    const response = await this.#request(`${this.endpoint}statements`, { method: "POST", body: JSON.stringify(statements), ...options });
    return response.status;
  }

  #wasRefused(status, statement) {
    if (this.retold.has(statement.id)) {
      this.#wasDelivered([statement]); // the platform knew it already
      return false;
    }
    this.note("refused", true);
    return status === 401; // the session is over: nothing more is taken
  }

  #wasDelivered(statements) {
    const verbs = statements.filter(isDefined).map(({ verb }) => verb.id.split("/").at(-1)).filter((verb) => verb === "completed" || verb === "passed");
    for (const verb of verbs) this.saved.sent[verb] = true;
    if (verbs.length) this.#save();
  }

  // ---------------------------------------------------------------- what is kept

  /* The copy in the browser is newer when the window was closed without the net. */
  #newest(kept) {
    try {
      const here = JSON.parse(localStorage.getItem(this.#key()) ?? "null");
      return here && here.at > (kept?.at ?? 0) ? here : kept;
    } catch {
      return kept;
    }
  }

  #key() { return `samverkan.cmi5.${this.launch.registration}.${this.launch.activityId}`; }

  #keepHere(value) {
    try {
      if (value) localStorage.setItem(this.#key(), value);
      else localStorage.removeItem(this.#key());
    } catch { /* then the platform's copy is the only one */ }
  }

  /* What is kept, with its time, in the browser first. */
  #body() {
    this.saved.at = Date.now();
    const body = JSON.stringify(this.saved);
    this.#keepHere(body);
    return body;
  }

  /* One save at a time, always of the latest. */
  async #save() {
    if (this.mode !== NORMAL || this.over) return -1;
    const body = this.#body();
    if (this.saving) {
      this.again = true;
      return this.saving;
    }
    this.saving = this.#put(body);
    const stored = await this.saving;
    this.saving = null;
    if (this.again) {
      this.again = false;
      return this.#save();
    }
    if (stored === 1 && !this.outbox.waiting.length) this.#keepHere(null);
    if (stored === 0 && !this.outbox.closed) this.later = setTimeout(() => this.#save(), PATIENCE);
    return stored;
  }

  /* 1: stored. 0: worth another try. -1: refused, and it would be again. */
  #put(body) {
    const address = this.#address("activities/state", { stateId: STATE });
    const told = ({ ok, status }) => (ok ? 1 : isLater(status) ? 0 : -1);
    return this.#request(address, { method: "PUT", body, keepalive: body.length < MOST_TO_KEEP }).then(told, () => 0);
  }

  /* Completed or passed in an earlier session whose last words got lost. The ids are the same, so twice is once. */
  #tellWhatIsUntold() {
    const { record, sent } = this.saved;
    if (this.mode !== NORMAL || !record) return;
    const untold = [];
    if (this.saved.passed && !sent.passed) untold.push(this.writer.judged(this.saved.passed, this.#seconds()));
    if (record.done && !sent.completed) untold.push(this.writer.completed(this.#seconds()));
    for (const { id } of untold) this.retold.add(id);
    this.outbox.add(...untold);
  }

  #seconds() { return this.before + this.seconds; }

  // ---------------------------------------------------------------- what happens

  get #isRecording() { return this.writer && this.mode === NORMAL && !this.over; }

  keep(record) {
    if (!this.#isRecording) return;
    record.seconds = this.#seconds();
    this.saved.record = record;
    clearTimeout(this.later);
    this.#save();
  }

  answered(entry) { if (this.#isRecording) this.outbox.add(this.writer.answered(entry)); }
  closed(entry) { if (this.#isRecording) this.outbox.add(this.writer.closed(entry)); }

  /* A session says passed or failed once. What is failed now can be passed in the next try, so that waits for the end. */
  judged(judgement) {
    if (!this.#isRecording || this.saved.passed) return;
    this.failed = judgement.passed ? null : judgement;
    if (!judgement.passed) return;
    this.saved.passed = judgement;
    this.outbox.add(this.writer.judged(judgement, this.#seconds()));
  }

  completed() { if (this.#isRecording) this.outbox.add(this.writer.completed(this.#seconds())); }

  /* Failed, if that is how it stands, and Terminated: the last words. */
  #lastWords() {
    const failed = this.failed && !this.saved.passed ? [this.writer.judged(this.failed, this.#seconds())] : [];
    return [...failed, this.writer.terminated(this.seconds)];
  }

  async leave() {
    if (this.writer && !this.over) {
      clearTimeout(this.later);
      const patience = new Promise((resolve) => { setTimeout(resolve, PATIENCE); });
      await Promise.race([this.#sayGoodbye(), patience]);
      if (this.outbox.waiting.length) this.#hide();
      this.over = true;
    }
    if (this.returnUrl) location.replace(this.returnUrl);
    else {
      this.note("ended", true);
      window.close();
    }
  }

  /* Terminated is the very last: what is kept goes before it, for nothing is taken after it. */
  async #sayGoodbye() {
    await this.outbox.flush();
    await this.#save();
    await this.saving;
    await this.outbox.add(...this.#lastWords());
  }

  /* The window is closed without goodbye: requests that outlive the page. What is kept was saved when it happened, for
     beside Terminated it might come too late; only what waits for another save goes now. */
  #hide() {
    if (this.over) return;
    if (this.again) this.#put(this.#body());
    this.over = true;
    clearTimeout(this.later);
    const left = this.outbox.close();
    const isTold = left.some((one) => one.verb.id.endsWith("/terminated"));
    this.#post(fitting([...left, ...(isTold ? [] : this.#lastWords())]), { keepalive: true }).catch(() => {});
    this.note("ended", true);
  }
}
