// SPDX-License-Identifier: Apache-2.0
//
// chosen.js [PROFILE]: which credentials the AWS SDK for JavaScript chooses in this environment;
// one line of JSON as chosen.c writes it.
'use strict'
const crypto = require('crypto')
const { fromNodeProviderChain } = require('@aws-sdk/credential-providers')

const hash = (text) => text ? crypto.createHash('sha256').update(text).digest('hex') : null
const profile = process.argv[2]

fromNodeProviderChain(profile ? { profile } : {})().then((found) => {
  console.log(JSON.stringify({ id: found.accessKeyId, secret: hash(found.secretAccessKey), token: hash(found.sessionToken) }))
}, (error) => {
  console.log(JSON.stringify({ code: error.name, message: String(error.message).split('\n')[0] }))
})
