// Keeps a part of the page fresh while something goes on. Without JavaScript there is a link that loads the page again.
const EVERY = 3000;

async function follow() {
  const here = document.querySelector("[data-follow]");
  if (here.dataset.follow === "off") return;
  // Somebody who is reading an opened part, or stands in it, is left in peace.
  if (!document.hidden && !here.contains(document.activeElement) && !here.querySelector("details[open]")) {
    const answer = await fetch(location.href).catch(() => null);
    if (answer?.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-follow]");
      if (fresh && fresh.innerHTML !== here.innerHTML) here.replaceWith(document.adoptNode(fresh));
    }
  }
  setTimeout(follow, EVERY);
}

setTimeout(follow, EVERY);
