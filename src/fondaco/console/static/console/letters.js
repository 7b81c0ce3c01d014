// A letter's link carries its code behind the #, which browsers send to no server: move it into the form.
const form = document.querySelector("form[data-letter]");
const token = decodeURIComponent(location.hash.slice(1));
if (form && /^[\w-]{8,100}$/.test(token)) {
  form.elements.token.value = token;
  history.replaceState(null, "", location.pathname + location.search);
  const next = form.querySelector("input[type=password], input[type=text]:not([name=token])");
  (next || form.querySelector("button")).focus();
}
