// SPDX-License-Identifier: Apache-2.0
//
// As official.py, by IBM's library for JavaScript.
'use strict'
const { getAuthenticatorFromEnvironment } = require('ibm-cloud-sdk-core')

async function main () {
  try {
    const request = { headers: {} }
    await getAuthenticatorFromEnvironment(process.argv[2]).authenticate(request)
    if (!request.headers.Authorization.startsWith('Bearer ')) throw new Error('no token')
    return { ok: true }
  } catch (error) {
    return { ok: false, text: String(error) }
  }
}

main().then((reply) => console.log(JSON.stringify(reply)))
