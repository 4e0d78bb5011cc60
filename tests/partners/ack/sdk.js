// SPDX-License-Identifier: Apache-2.0
// Alibaba's client of ACK for JavaScript. Takes one JSON object as argument: {host, id, secret, token,
// calls: [[action, [what stands in the path], {members}], …]}, and prints a list with {status, body} or {code}
// for each call.
'use strict';

const path = require('path');

function load(name) {
  return require(path.join(process.env.EVC_NODE_FOLDER, 'node_modules', name));
}

const { default: Client, ...models } = load('@alicloud/cs20151215');
const { $OpenApiUtil } = load('@alicloud/openapi-core');
const { RuntimeOptions } = load('@darabonba/typescript');

async function call(client, [action, inPath, members]) {
  const Request = models[`${action}Request`];
  const method = client[`${action[0].toLowerCase()}${action.slice(1)}WithOptions`];
  const runtime = new RuntimeOptions({ autoretry: false, maxAttempts: 1 });
  const request = Request ? [new Request(members)] : [];
  const reply = await method.call(client, ...inPath, ...request, {}, runtime);
  return { status: reply.statusCode, body: reply.body === undefined ? null : reply.body };
}

async function main() {
  const order = JSON.parse(process.argv[2]);
  const client = new Client(new $OpenApiUtil.Config({
    accessKeyId: order.id, accessKeySecret: order.secret, securityToken: order.token,
    endpoint: order.host, protocol: 'HTTP', regionId: 'cn-hangzhou',
  }));
  const out = [];
  for (const one of order.calls) {
    try {
      out.push(await call(client, one));
    } catch (error) {
      if (!error.code) throw error;
      out.push({ code: error.code });
    }
  }
  console.log(JSON.stringify(out));
}

main();
