// Printing and copying the address need JavaScript; without it their buttons are not there.
for (const button of document.querySelectorAll("[data-with-script]")) button.hidden = false;

const notices = document.getElementById("notices");
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) { button.hidden = true; continue; }
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const toast = document.createElement("div");
    toast.className = "toast";
    toast.textContent = button.dataset.copied;
    notices.replaceChildren(toast);
  });
}
