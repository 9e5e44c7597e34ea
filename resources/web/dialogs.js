// Login, questions, and the form that a pipeline is started with.

import { login } from "./link.js";
import { make, setHidden, setText } from "./dom.js";

/** Asks for the token until the hub takes one. `done(scope)` is called then. */
export class Login {
  #form = document.getElementById("login");
  #field = document.getElementById("token");
  #button = document.getElementById("sign-in");
  #words = document.getElementById("login-words");
  #done;

  constructor(done) {
    this.#done = done;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.attempt(this.#field.value.trim());
    });
  }

  show(sentence = "") {
    setHidden(this.#form, false);
    setText(this.#words, sentence);
    this.#field.focus();
  }

  hide() {
    setHidden(this.#form, true);
    this.#field.value = "";
    setText(this.#words, "");
  }

  async attempt(token) {
    if (!token) return;
    this.#button.disabled = true;
    setText(this.#words, "");
    try {
      const { scope } = await login(token);
      this.hide();
      this.#done(scope);
    } catch (error) {
      this.show(error.status ? error.message : "the hub cannot be reached");
      this.#field.select();
      if (error.status === 429) await this.#wait(error.message);
    } finally {
      this.#button.disabled = false;
    }
  }

  /** Too many wrong ones: counts down until the next may be tried. */
  #wait(sentence) {
    const until = Date.now() + (Number(/in (\d+) ms/.exec(sentence)?.[1]) || 5000);
    return new Promise((resolve) => {
      const tick = () => {
        const seconds = Math.ceil((until - Date.now()) / 1000);
        if (seconds <= 0) {
          setText(this.#words, "");
          resolve();
          return;
        }
        setText(this.#words, `there were too many wrong tokens, try again in ${seconds} s`);
        setTimeout(tick, Math.min(1000, until - Date.now()));
      };
      tick();
    });
  }
}

/** A question with two answers; true for `yes`. */
export function confirm(question, more, yes) {
  return new Promise((resolve) => {
    const dialog = make("dialog", { class: "question", "aria-labelledby": "question-title" },
      make("form", { method: "dialog" },
        make("h2", { id: "question-title", text: question }),
        make("p", { text: more }),
        make("div", { class: "dialog-actions" },
          make("button", { value: "", text: "Keep it running", autofocus: true }),
          make("button", { value: "yes", class: "danger", text: yes, "data-action": "confirm" }))));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

function fieldOf(parameter, last, host) {
  const { name, type, secret } = parameter;
  const id = `param-${name}`;
  const given = secret ? undefined : last ?? parameter.default;
  const text = given === undefined ? "" : String(given);
  let input;
  if (type === "bool") {
    input = make("input", { type: "checkbox", role: "switch", id, checked: given === true });
  } else if (type === "choice") {
    const none = parameter.default === undefined && !parameter.required ? [""] : [];
    input = make("select", { id }, ...none.concat(parameter.choices).map((value) =>
      make("option", { value, text: value, selected: value === text })));
  } else if (type === "int" || type === "float") {
    input = make("input", { type: "number", id, step: type === "int" ? "1" : "any", value: text, required: parameter.required });
  } else {
    input = make("input", { type: secret ? "password" : "text", id, value: text, required: parameter.required,
      autocomplete: secret ? "new-password" : "off", spellcheck: "false", autocapitalize: "off" });
  }
  const help = [parameter.help, type === "path" ? `a path on ${host}` : ""].filter(Boolean).join("; ");
  if (help) input.setAttribute("aria-describedby", `${id}-help`);
  const label = make("label", { for: id, text: name + (parameter.required ? " *" : "") });
  const element = make("div", { class: `field ${type}` }, label, input,
    help ? make("small", { id: `${id}-help`, text: help }) : null);
  return {
    element,
    name,
    value() {
      if (type === "bool") return input.checked;
      if (input.value === "") return undefined;
      return type === "int" || type === "float" ? Number(input.value) : input.value;
    },
  };
}

/** Run…: the pipelines that may be started remotely, and a form from the parameters of the one chosen. */
export class RunDialog {
  #hub;
  #dialog = document.getElementById("run-dialog");
  #list = document.getElementById("run-list");
  #form = document.getElementById("run-form");
  #title = document.getElementById("run-title");
  #about = document.getElementById("run-about");
  #fields = document.getElementById("run-fields");
  #words = document.getElementById("run-words");
  #submit = document.getElementById("run-submit");
  #pipeline = null;
  #inputs = [];

  constructor(hub) {
    this.#hub = hub;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#run();
    });
    document.getElementById("run-back").addEventListener("click", () => this.#showList());
    for (const button of this.#dialog.querySelectorAll("[data-close]")) {
      button.addEventListener("click", () => this.#dialog.close());
    }
  }

  async open() {
    setText(this.#words, "");
    this.#list.replaceChildren(make("p", { class: "hint", text: "…" }));
    this.#showList();
    this.#dialog.showModal();
    try {
      const { pipelines } = await this.#hub.call("pipeline.list");
      const usable = pipelines.filter((pipeline) => !pipeline.faults && pipeline.remote !== false);
      this.#list.replaceChildren(...usable.map((pipeline) => make("button", { type: "button", class: "pick",
        "data-pipeline": pipeline.pipeline, onclick: () => this.#choose(pipeline) },
      make("strong", { text: pipeline.title || pipeline.pipeline }), make("small", { text: pipeline.description }))));
      if (usable.length === 0) {
        this.#list.append(make("p", { class: "hint",
          text: "No pipeline may be started remotely. One that may says so in its file: remote = true." }));
      }
      this.#list.querySelector("button")?.focus();
    } catch (error) {
      this.#list.replaceChildren(make("p", { class: "refusal", text: error.message }));
    }
  }

  #showList() {
    setHidden(this.#list, false);
    setHidden(this.#form, true);
    setText(this.#title, "Run…");
  }

  #choose(pipeline) {
    this.#pipeline = pipeline;
    setText(this.#title, pipeline.title || pipeline.pipeline);
    setText(this.#about, pipeline.description ?? "");
    setText(this.#words, "");
    const last = [...this.#hub.state.jobs.values()].reverse().find((job) => job.pipeline === pipeline.pipeline);
    this.#inputs = pipeline.parameters.map((parameter) => fieldOf(parameter, last?.params?.[parameter.name], this.#hub.host()));
    this.#fields.replaceChildren(...this.#inputs.map((input) => input.element));
    setHidden(this.#list, true);
    setHidden(this.#form, false);
    (this.#fields.querySelector("input, select") ?? this.#submit).focus();
  }

  async #run() {
    const params = {};
    for (const input of this.#inputs) {
      const value = input.value();
      if (value !== undefined) params[input.name] = value;
    }
    this.#submit.disabled = true;
    try {
      const { job } = await this.#hub.call("job.run", { pipeline: this.#pipeline.pipeline, params });
      this.#dialog.close();
      this.#fields.replaceChildren(); // a secret stays nowhere
      location.hash = `#job=${job}`;
    } catch (error) {
      setText(this.#words, error.message);
    } finally {
      this.#submit.disabled = false;
    }
  }
}
