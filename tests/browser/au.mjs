// A part of a course as the standard has it, without any library; and what it can get at besides.
const given = Object.fromEntries(new URLSearchParams(location.search));
const actor = JSON.parse(given.actor);
const { "auth-token": token } = await (await fetch(given.fetch, { method: "POST" })).json();
const headers = { Authorization: `Basic ${token}`, "X-Experience-API-Version": "1.0.3", "Content-Type": "application/json" };
const ask = (resource, query, more) => fetch(`${given.endpoint}${resource}?${new URLSearchParams(query)}`, { headers, ...more });
const place = { activityId: given.activityId, agent: given.actor, registration: given.registration };
const data = await (await ask("activities/state", { ...place, stateId: "LMS.LaunchData" })).json();
await ask("agents/profile", { profileId: "cmi5LearnerPreferences", agent: given.actor });

async function say(verb, result) {
  const context = structuredClone(data.contextTemplate);
  context.registration = given.registration;
  context.contextActivities.category = [{ id: "https://w3id.org/xapi/cmi5/context/categories/cmi5" }];
  if (result && "completion" in result) {
    context.contextActivities.category.push({ id: "https://w3id.org/xapi/cmi5/context/categories/moveon" });
  }
  const id = crypto.randomUUID();
  const statement = { id, timestamp: new Date().toISOString(), actor, verb: { id: `http://adlnet.gov/expapi/verbs/${verb}` }, object: { id: given.activityId }, context };
  if (result) statement.result = result;
  const answer = await ask("statements", { statementId: id }, { method: "PUT", body: JSON.stringify(statement) });
  if (!answer.ok) throw new Error(await answer.text());
}

async function reach(what) {
  try {
    return await what();
  } catch (error) {
    return error.name;
  }
}

await say("initialized");
const pages = new URL(given.endpoint).origin;
const reached = {
  cookie: await reach(() => document.cookie),
  page: await reach(async () => (await fetch(`${pages}/sv/profile`, { credentials: "include" })).status),
  press: await reach(async () => (await fetch(`${pages}/sv/sign-out`, { method: "POST", credentials: "include" })).status),
  opener: String(window.opener),
  origin: self.origin,
};
document.querySelector("#said").textContent = JSON.stringify(reached);
const button = document.querySelector("#done");
button.disabled = false;
button.addEventListener("click", async () => {
  await say("completed", { completion: true, duration: "PT5S" });
  await say("terminated", { duration: "PT6S" });
  location.assign(data.returnURL);
});
