// Forms that a passkey has to sign: asks the server what, then the browser, and sends the form with the answer.
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  function read(options) {
    const described = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
    const found = { ...options, challenge: bytes(options.challenge) };
    if (options.user) found.user = { ...options.user, id: bytes(options.user.id) };
    if (options.excludeCredentials) found.excludeCredentials = described(options.excludeCredentials);
    if (options.allowCredentials) found.allowCredentials = described(options.allowCredentials);
    return found;
  }

  function told(credential) {
    const { response } = credential;
    const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
    const parts = names.filter((name) => response[name]).map((name) => [name, text(response[name])]);
    const said = Object.fromEntries(parts);
    if (response.getTransports) said.transports = response.getTransports();
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: said };
  }

  function show(form, words) {
    const list = form.querySelector("[data-passkey-words]");
    if (!list || !words.length) return;
    list.replaceChildren(...words.flatMap(([label, value]) => {
      const term = document.createElement("dt");
      const fact = document.createElement("dd");
      [term.textContent, fact.textContent] = [label, value];
      return [term, fact];
    }));
  }

  function complain(form, sentence) {
    const place = form.querySelector("[data-passkey-error]");
    place.querySelector("div").textContent = sentence;
    place.hidden = !sentence;
    if (sentence) place.focus();
  }

  async function ask(form) {
    const { missing, lost } = JSON.parse(form.dataset.words);
    if (!window.PublicKeyCredential || !navigator.credentials) throw new Error(missing);
    const answer = await fetch(form.dataset.passkey, { method: "POST", body: new FormData(form), redirect: "manual" });
    const said = await answer.json().catch(() => ({ error: lost }));
    if (!answer.ok) throw new Error(said.error || lost);
    show(form, said.words);
    return { verb: said.verb, publicKey: read(said.options) };
  }

  async function sign(form) {
    const { verb, publicKey } = await ask(form);
    return told(await navigator.credentials[verb]({ publicKey }));
  }

  // What the browser itself says is in its own language and helps nobody; its kind is told apart.
  function sentence(error, form) {
    const words = JSON.parse(form.dataset.words);
    return words[error.name] || (error.name === "Error" ? error.message : words.failed);
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset.passkey || event.submitter?.hasAttribute("data-plain")) return;
    event.preventDefault();
    complain(form, "");
    if (event.submitter) event.submitter.disabled = true;
    try {
      form.elements.passkey.value = JSON.stringify(await sign(form));
      const elsewhere = event.submitter?.getAttribute("formaction");
      if (elsewhere) form.action = elsewhere;
      form.submit();
    } catch (error) {
      complain(form, sentence(error, form));
    }
    if (event.submitter) event.submitter.disabled = false;
  });
})();
