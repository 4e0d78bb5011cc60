// SPDX-License-Identifier: Apache-2.0
//
// Alibaba Cloud's own signers, over the lines that sign.c takes. V3 is the function that
// @alicloud/openapi-client calls; V1 is @alicloud/pop-core, whose request is caught before it goes
// out.
'use strict'
const crypto = require('crypto')
const path = require('path')
const readline = require('readline')

const client = path.dirname(require.resolve('@alicloud/openapi-client'))
const { default: OpenApiUtil } = require(require.resolve('@alicloud/openapi-util', { paths: [client] }))
const pop = path.dirname(require.resolve('@alicloud/pop-core'))
const httpx = require(require.resolve('httpx', { paths: [pop] }))
const { RPCClient } = require('@alicloud/pop-core')

const timeOf = (request) => new Date(request.time).toISOString().replace(/\.\d+Z$/, 'Z')

function v3 (request) {
  const body = request.form ? new URLSearchParams(request.form).toString() : ''
  const hash = crypto.createHash('sha256').update(request.body === undefined ? body : request.body).digest('hex')
  const headers = {
    host: new URL(request.url).host,
    accept: 'application/json',
    'x-acs-version': request.version,
    'x-acs-action': request.action,
    'x-acs-date': timeOf(request),
    'x-acs-signature-nonce': request.nonce,
    'x-acs-content-sha256': hash
  }
  if (request.form) headers['content-type'] = 'application/x-www-form-urlencoded'
  if (request.token) {
    headers['x-acs-accesskey-id'] = request.id
    headers['x-acs-security-token'] = request.token
  }
  const authorization = OpenApiUtil.getAuthorization(
    { method: request.method, pathname: '/', query: Object.fromEntries(request.query), headers },
    'ACS3-HMAC-SHA256', hash, request.id, request.secret)
  return { authorization }
}

async function v1 (request) {
  const client = new RPCClient({
    endpoint: request.url,
    apiVersion: request.version,
    accessKeyId: request.id,
    accessKeySecret: request.secret,
    securityToken: request.token || undefined
  })
  const parameters = Object.fromEntries([...request.query, ...(request.form || [])])
  let caught
  const send = httpx.request
  httpx.request = async (url, options) => {
    caught = { url, data: options.data }
    throw new Error('caught')
  }
  try {
    await client.request(request.action, {
      ...parameters, Timestamp: timeOf(request), SignatureNonce: request.nonce
    }, { method: request.method, formatParams: false, formatAction: false })
  } catch (error) {
    if (error.message !== 'caught') throw error
  } finally {
    httpx.request = send
  }
  const text = caught.data || new URL(caught.url).search.slice(1)
  return { parameters: text }
}

async function main () {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = JSON.parse(line)
    const reply = request.signature === 'v3' ? v3(request) : await v1(request)
    process.stdout.write(JSON.stringify(reply) + '\n')
  }
}

main()
