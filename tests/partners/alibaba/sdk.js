// SPDX-License-Identifier: Apache-2.0
// Alibaba's clients for JavaScript. Takes one JSON object as argument: {client: "kms", "openapi" or "pop",
// host, id, secret, token, version, calls: [[action, parameters], …]}, and prints a list with {answer} or {code}
// for each call.
'use strict';

const path = require('path');

function load(name) {
  return require(path.join(process.env.EVC_NODE_FOLDER, 'node_modules', name));
}

function lowerFirst(text) {
  return text[0].toLowerCase() + text.slice(1);
}

// The generated client of KMS, over rpc-client: V1.
function makeKms(order) {
  const { default: Kms, ...models } = load('@alicloud/kms20160120');
  const { Config } = load('@alicloud/rpc-client');
  const client = new Kms(new Config({
    accessKeyId: order.id, accessKeySecret: order.secret, securityToken: order.token,
    endpoint: order.host, protocol: 'HTTP', regionId: 'cn-hangzhou',
  }));
  return async (action, parameters) => {
    const own = {};
    for (const [name, value] of Object.entries(parameters)) own[lowerFirst(name)] = value;
    const Request = models[`${action}Request`];
    const reply = await client[lowerFirst(action)](Request ? new Request(own) : undefined);
    return reply.toMap();
  };
}

// The client under the generated ones of today: V3. It is given the parameters as a form.
function makeOpenApi(order) {
  const { default: OpenApi, Config, OpenApiRequest, Params } = load('@alicloud/openapi-client');
  const { RuntimeOptions } = load('@alicloud/tea-util');
  const client = new OpenApi(new Config({
    accessKeyId: order.id, accessKeySecret: order.secret, securityToken: order.token,
    endpoint: order.host, protocol: 'HTTP', regionId: 'cn-hangzhou',
  }));
  return async (action, parameters) => {
    const params = new Params({
      action, version: order.version || '2016-01-20', protocol: 'HTTP', pathname: '/', method: 'POST',
      authType: 'AK', style: 'RPC', reqBodyType: 'formData', bodyType: 'json',
    });
    const request = new OpenApiRequest({ body: parameters });
    return (await client.callApi(params, request, new RuntimeOptions({}))).body;
  };
}

// Parameters as texts, in the form: V1.
function makePop(order) {
  const { RPCClient } = load('@alicloud/pop-core');
  const client = new RPCClient({
    accessKeyId: order.id, accessKeySecret: order.secret, securityToken: order.token,
    endpoint: `http://${order.host}`, apiVersion: order.version || '2016-01-20',
  });
  return (action, parameters) => client.request(action, parameters, { method: 'POST' });
}

async function main() {
  const order = JSON.parse(process.argv[2]);
  const call = { kms: makeKms, openapi: makeOpenApi, pop: makePop }[order.client](order);
  const out = [];
  for (const [action, parameters] of order.calls) {
    try {
      out.push({ answer: await call(action, parameters) });
    } catch (error) {
      if (!error.code) throw error;
      out.push({ code: error.code });
    }
  }
  console.log(JSON.stringify(out));
}

main();
