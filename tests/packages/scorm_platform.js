// A learning platform as strict as SCORM's data models: every wrong type, length, order and call is kept in `faults`.
// `window.kept` is what it remembers of a SCO between launches; a test hands it in again.
(() => {
  const ID12 = /^[\x21-\x7e]{1,255}$/;
  const NUMBER12 = (low, high) => (value) => /^-?\d+(\.\d+)?$/.test(value) && Number(value) >= low && Number(value) <= high;
  const TIME12 = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,2})?$/;
  const SPAN12 = /^\d{2,4}:[0-5]\d:[0-5]\d(\.\d{1,2})?$/;
  const FEEDBACK12 = /^(|[a-z0-9](,[a-z0-9])*|[a-z0-9]\.[a-z0-9](,[a-z0-9]\.[a-z0-9])*)$/;
  const of = (...words) => (value) => words.includes(value);
  const text = (most) => (value) => value.length <= most;
  const like = (pattern, most = 4096) => (value) => pattern.test(value) && value.length <= most;

  const SCORM12 = {
    "cmi.core.student_id": ["r"], "cmi.core.student_name": ["r"], "cmi.core.credit": ["r"], "cmi.core.entry": ["r"],
    "cmi.core.lesson_mode": ["r"], "cmi.launch_data": ["r"], "cmi.student_data.mastery_score": ["r"],
    "cmi.student_preference.language": ["rw", text(255)],
    "cmi.core.lesson_location": ["rw", text(255)],
    "cmi.core.lesson_status": ["rw", of("passed", "completed", "failed", "incomplete", "browsed")],
    "cmi.core.score.raw": ["rw", NUMBER12(0, 100)], "cmi.core.score.min": ["rw", NUMBER12(0, 100)],
    "cmi.core.score.max": ["rw", NUMBER12(0, 100)],
    "cmi.core.exit": ["w", of("time-out", "suspend", "logout", "")], "cmi.core.session_time": ["w", like(SPAN12)],
    "cmi.suspend_data": ["rw", text(4096)], "cmi.interactions._count": ["r"],
    "cmi.interactions.n.id": ["w", like(ID12)],
    "cmi.interactions.n.type": ["w", of("true-false", "choice", "fill-in", "matching", "performance", "sequencing", "likert", "numeric")],
    "cmi.interactions.n.time": ["w", like(TIME12)],
    "cmi.interactions.n.student_response": ["w", like(FEEDBACK12, 255)],
    "cmi.interactions.n.result": ["w", of("correct", "wrong", "unanticipated", "neutral")],
    "cmi.interactions.n.correct_responses.n.pattern": ["w", like(FEEDBACK12, 255)],
  };

  const REAL = (low, high) => (value) => /^-?\d+(\.\d{1,7})?$/.test(value) && Number(value) >= low && Number(value) <= high;
  // As narrow as Moodle's: the standard would have hyphens too.
  const SHORT = "[\\w.]{1,250}";
  const LIST = new RegExp(`^${SHORT}(\\[,\\]${SHORT})*$`);
  const PAIRS = new RegExp(`^${SHORT}\\[\\.\\]${SHORT}(\\[,\\]${SHORT}\\[\\.\\]${SHORT})*$`);
  const RESPONSE = (value) => LIST.test(value) || PAIRS.test(value);
  const SCORM2004 = {
    "cmi.learner_id": ["r"], "cmi.learner_name": ["r"], "cmi.entry": ["r"], "cmi.mode": ["r"], "cmi.credit": ["r"],
    "cmi.scaled_passing_score": ["r"], "cmi.interactions._count": ["r"], "adl.nav.request_valid.continue": ["r"],
    "cmi.learner_preference.language": ["rw", text(250)],
    "cmi.location": ["rw", text(1000)], "cmi.suspend_data": ["rw", text(64000)],
    "cmi.completion_status": ["rw", of("completed", "incomplete", "not attempted", "unknown")],
    "cmi.success_status": ["rw", of("passed", "failed", "unknown")],
    "cmi.progress_measure": ["rw", REAL(0, 1)], "cmi.score.scaled": ["rw", REAL(-1, 1)],
    "cmi.score.raw": ["rw", REAL(-1e9, 1e9)], "cmi.score.min": ["rw", REAL(-1e9, 1e9)], "cmi.score.max": ["rw", REAL(-1e9, 1e9)],
    "cmi.exit": ["w", of("time-out", "suspend", "logout", "normal", "")],
    "cmi.session_time": ["w", like(/^PT(?=\d)(\d+H)?(\d+M)?(\d+(\.\d{1,2})?S)?$/)],
    "adl.nav.request": ["rw", of("continue", "previous", "exit", "exitAll", "abandon", "abandonAll", "suspendAll", "_none_")],
    "cmi.interactions.n.id": ["rw", like(/^[a-z]+:\/\/\S+$/, 4000)],
    "cmi.interactions.n.type": ["rw", SCORM12["cmi.interactions.n.type"][1]],
    "cmi.interactions.n.timestamp": ["rw", like(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)],
    "cmi.interactions.n.learner_response": ["rw", RESPONSE],
    "cmi.interactions.n.result": ["rw", of("correct", "incorrect", "unanticipated", "neutral")],
    "cmi.interactions.n.description": ["rw", like(/^\{lang=(sv|en)\}/, 264)],
    "cmi.interactions.n.correct_responses.n.pattern": ["rw", RESPONSE],
  };

  const VERSIONS = {
    scorm12: {
      model: SCORM12, api: "API", calls: ["LMSInitialize", "LMSGetValue", "LMSSetValue", "LMSCommit", "LMSFinish", "LMSGetLastError"],
      first: { "cmi.core.lesson_status": "not attempted", "cmi.core.entry": "ab-initio", "cmi.core.lesson_mode": "normal", "cmi.core.credit": "credit" },
      between: (data) => ({ ...data, "cmi.core.entry": data["cmi.core.exit"] === "suspend" ? "resume" : "" }),
      forgets: ["cmi.core.exit", "cmi.core.session_time"],
    },
    scorm2004: {
      model: SCORM2004, api: "API_1484_11", calls: ["Initialize", "GetValue", "SetValue", "Commit", "Terminate", "GetLastError"],
      first: { "cmi.completion_status": "unknown", "cmi.success_status": "unknown", "cmi.entry": "ab-initio", "cmi.mode": "normal", "cmi.credit": "credit", "adl.nav.request_valid.continue": "true" },
      between: (data) => ({ ...data, "cmi.entry": data["cmi.exit"] === "suspend" ? "resume" : "" }),
      forgets: ["cmi.exit", "cmi.session_time", "adl.nav.request"],
    },
  };

  /** Puts the API into this window. ``offline``: saving fails until it is set to false. */
  window.platform = (version, kept, more = {}) => {
    const { model, api, calls, first, between, forgets } = VERSIONS[version];
    const [initialize, get, set, commit, finish, lastError] = calls;
    const data = kept ? { ...between(kept) } : { ...first };
    for (const name of kept ? forgets : []) delete data[name];
    Object.assign(data, more);
    const state = { data, faults: [], calls: [], commits: 0, stage: "not begun", offline: false, error: "0" };
    const fault = (code, ...what) => {
      state.error = code;
      state.faults.push([code, ...what].join(" "));
      return "false";
    };
    const shape = (element) => element.replace(/\.\d+(?=\.|$)/g, ".n");
    const count = () => new Set(Object.keys(data).filter((one) => one.startsWith("cmi.interactions.")).map((one) => one.split(".")[2])).size;
    const isNext = (element) => {
      const at = element.match(/^cmi\.interactions\.(\d+)\.(\w+)/);
      if (!at) return true;
      if (Number(at[1]) > count()) return false;
      // In SCORM 2004 the id comes first, and the type before what depends on it.
      return version === "scorm12" || at[2] === "id" || data[`cmi.interactions.${at[1]}.id`] !== undefined;
    };
    const functions = {
      [initialize]: (given) => (state.stage !== "not begun" || given !== "" ? fault("101", initialize) : ((state.stage = "running"), "true")),
      [get]: (element) => {
        if (state.stage !== "running") return fault("301", get, element), "";
        const rule = model[shape(element)];
        if (!rule) return fault("201", get, element), "";
        if (!rule[0].includes("r")) return fault("404", get, element), "";
        return element === "cmi.interactions._count" ? String(count()) : data[element] ?? "";
      },
      [set]: (element, value) => {
        state.calls.push(element);
        if (state.stage !== "running") return fault("301", set, element);
        if (typeof value !== "string") return fault("405", set, element, typeof value);
        const rule = model[shape(element)];
        if (!rule) return fault("201", set, element);
        if (!rule[0].includes("w")) return fault("403", set, element);
        if (!isNext(element)) return fault("351", set, element);
        if (!rule[1](value)) return fault("405", set, element, value);
        if (/correct_responses/.test(element)) {
          const others = Object.keys(data).filter((one) => one !== element && one.startsWith(element.replace(/\d+\.pattern$/, "")));
          if (others.some((one) => data[one] === value)) return fault("351", "same pattern", element);
        }
        data[element] = value;
        state.error = "0";
        return "true";
      },
      [commit]: () => {
        if (state.stage !== "running") return fault("301", commit);
        if (state.offline) return "false";
        state.commits += 1;
        state.saved = { ...data };
        return "true";
      },
      [finish]: (given) => {
        if (state.stage !== "running" || given !== "") return fault("301", finish);
        state.stage = "finished";
        state.saved = { ...data };
        return "true";
      },
      [lastError]: () => state.error,
    };
    window[api] = functions;
    return (window.state = state);
  };
})();
