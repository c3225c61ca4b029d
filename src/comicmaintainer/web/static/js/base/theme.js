// @ts-check
/** Sets the chosen theme before the page is drawn. Not a module, so that it runs immediately. */
(() => {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
