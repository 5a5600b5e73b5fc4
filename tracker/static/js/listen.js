// Reads the lesson aloud, if this device has a voice for the language. Off until it is pressed.
const button = document.querySelector("[data-listen]");
const language = document.documentElement.lang;
const label = button.querySelector("span");
const voice = () => speechSynthesis.getVoices().find((candidate) => candidate.lang.toLowerCase().startsWith(language));
let reading = false;

function offer() {
  button.hidden = !voice();
}

function stop() {
  reading = false;
  speechSynthesis.cancel();
  label.textContent = button.dataset.start;
  button.setAttribute("aria-pressed", "false");
}

button.addEventListener("click", () => {
  if (reading) return stop();
  reading = true;
  label.textContent = button.dataset.stop;
  button.setAttribute("aria-pressed", "true");
  // One paragraph at a time: long texts are cut off by some voices.
  const texts = [...document.querySelectorAll("h1, .read :is(p, li, h2, h3, th, td)")];
  texts.filter((part) => !part.querySelector("p, li")).forEach((part, number, all) => {
    const words = new SpeechSynthesisUtterance(part.textContent);
    words.lang = language;
    words.voice = voice();
    if (number === all.length - 1) words.onend = stop;
    speechSynthesis.speak(words);
  });
});
speechSynthesis.addEventListener?.("voiceschanged", offer);
addEventListener("pagehide", stop);
offer();
