// Prints what an event socket says, one JSON object a line: node listen.mjs PATH, or PORT HOST
import { connect } from "node:net";
import { decode } from "@msgpack/msgpack";
let rest = Buffer.alloc(0);
connect(...process.argv.slice(2)).on("data", (chunk) => {
  rest = Buffer.concat([rest, chunk]);
  for (let size; rest.length >= 4 && rest.length >= 4 + (size = rest.readUInt32BE(0)); rest = rest.subarray(4 + size))
    console.log(JSON.stringify(decode(rest.subarray(4, 4 + size))));
}).on("end", () => console.log('"end"'));
