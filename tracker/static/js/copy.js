// Copies a value that stands in a field. Without JavaScript one selects and copies it oneself.
const notices = document.getElementById("notices");

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      return; // It is selected, so one key press copies it.
    }
    const toast = document.createElement("p");
    toast.className = "toast";
    toast.textContent = button.dataset.copied;
    notices.replaceChildren(toast);
  });
}
