// SPDX-License-Identifier: Apache-2.0
//
// As official.py, by Alibaba Cloud's library for JavaScript.
'use strict'
const { default: Credential } = require('@alicloud/credentials')

async function main () {
  try {
    const { accessKeyId } = await new Credential().getCredential()
    return { ok: true, id: accessKeyId }
  } catch (error) {
    return { ok: false, text: String(error) }
  }
}

main().then((reply) => console.log(JSON.stringify(reply)))
