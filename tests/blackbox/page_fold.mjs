// What the page makes of recorded events:
//   node page_fold.mjs FOLD.JS < LINES
// A line is {"snapshot": …} or {"event": …}. For each event a line {"seq", "job", "fraction", "done"} comes back: the job
// that it is about as it is then, null when there is none.
import { readFileSync } from "node:fs";

// By its text: what a browser loads as a module, Node takes for one only by name or with a package around it.
const source = readFileSync(process.argv[2], "utf8");
const { State, jobFraction, stepsDone } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const state = new State();
const answers = [];
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { snapshot, event } = JSON.parse(line);
  if (snapshot) {
    state.reset(snapshot);
    continue;
  }
  state.apply(event);
  const job = state.jobs.get(event.job) ?? null;
  answers.push(JSON.stringify({ seq: state.seq, job, fraction: job && (jobFraction(job) ?? null), done: job && stepsDone(job) }));
}
process.stdout.write(`${answers.join("\n")}\n`);
