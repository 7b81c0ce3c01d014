// Passkeys: ask the server what to ask, ask the authenticator, send its answer with the form.
const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

const made = async (wanted) => {
  const publicKey = {
    ...wanted,
    challenge: bytes(wanted.challenge),
    user: { ...wanted.user, id: bytes(wanted.user.id) },
    excludeCredentials: named(wanted.excludeCredentials),
  };
  const found = await navigator.credentials.create({ publicKey });
  return {
    ...common(found),
    response: {
      clientDataJSON: text(found.response.clientDataJSON),
      attestationObject: text(found.response.attestationObject),
      transports: found.response.getTransports ? found.response.getTransports() : [],
    },
  };
};

const given = async (wanted) => {
  const publicKey = {
    ...wanted,
    challenge: bytes(wanted.challenge),
    allowCredentials: named(wanted.allowCredentials),
  };
  const found = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature, userHandle } = found.response;
  return {
    ...common(found),
    response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    },
  };
};

const common = (found) => ({
  id: found.id,
  rawId: text(found.rawId),
  type: found.type,
  authenticatorAttachment: found.authenticatorAttachment,
  clientExtensionResults: found.getClientExtensionResults(),
});

const asked = async (form) => {
  const body = new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
  const answer = await fetch(form.dataset.options, { method: "POST", body });
  if (!answer.ok || answer.redirected) throw new Error("no options");
  return answer.json();
};

const sent = async (event) => {
  const form = event.target;
  event.preventDefault();
  event.stopImmediatePropagation();
  const button = form.querySelector("button");
  const trouble = form.querySelector("[data-trouble]");
  button.disabled = true;
  trouble.hidden = true;
  try {
    const { handle, options } = await asked(form);
    const ask = form.dataset.passkey === "create" ? made : given;
    const credential = await ask(options.publicKey);
    form.querySelector("[name$=handle]").value = handle;
    form.querySelector("[name$=credential]").value = JSON.stringify(credential);
    form.submit();
  } catch {
    trouble.hidden = false;
    button.disabled = false;
  }
};

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", sent);
  }
}
