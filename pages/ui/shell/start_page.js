// Runs before Streamlit's own scripts.

// Every page lies directly below the app's root. Left to itself, Streamlit would first look for
// its server below the page, and the console would tell of two missing files.
window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href };

// Whoever made the side bar wider, or closed it, finds it so again.
try {
  const isClosed = Object.keys(localStorage).some(
    (name) => name.startsWith("stSidebarCollapsed-") && localStorage.getItem(name) === "true",
  );
  const width = isClosed ? 0 : parseInt(localStorage.getItem("sidebarWidth") ?? "", 10);
  if (width >= 0) document.documentElement.style.setProperty("--rl-side-bar", `${width}px`);
} catch {
  // A browser that keeps nothing has the width that the app asks for.
}
