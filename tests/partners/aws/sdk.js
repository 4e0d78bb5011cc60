// SPDX-License-Identifier: Apache-2.0
// A client (of KMS, EKS) of Amazon's JavaScript SDK, in JSON lines: first its settings, then
// operations with their members, whose bytes are {"bytes": hex}, or the name of a paginator.
'use strict';
const path = require('path');
const readline = require('readline');
const modules = path.join(process.env.EVC_NODE_FOLDER, 'node_modules');

let sdk = null;
let client = null;

function take(value) {
  return value && typeof value === 'object' && 'bytes' in value
    ? Buffer.from(value.bytes, 'hex') : value;
}

function give(value) {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value)) return value.map(give);
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([n, v]) => [n, give(v)]));
  }
  return value;
}

async function serve(order) {
  if (!client) {
    sdk = require(require.resolve('@aws-sdk/client-' + order.of, { paths: [modules] }));
    client = new sdk[order.of.toUpperCase() + 'Client']({
      region: order.region, endpoint: order.endpoint, maxAttempts: 3,
      credentials: { accessKeyId: order.id, secretAccessKey: order.secret,
        sessionToken: order.token || undefined },
    });
    return {};
  }
  const members = Object.fromEntries(Object.entries(order.members).map(([n, v]) => [n, take(v)]));
  if (order.paginator) {
    const pages = [];
    for await (const page of sdk['paginate' + order.paginator]({ client }, members)) {
      delete page.$metadata;
      pages.push(page);
    }
    return pages;
  }
  const answer = await client.send(new sdk[order.operation + 'Command'](members));
  delete answer.$metadata;
  return answer;
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let reply;
    try {
      reply = { answer: give(await serve(JSON.parse(line))) };
    } catch (error) {
      reply = { error: error.name, message: String(error.message) };
    }
    process.stdout.write(JSON.stringify(reply) + '\n');
  }
}

main();
