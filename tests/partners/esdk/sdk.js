// SPDX-License-Identifier: Apache-2.0
// Amazon's Encryption SDK for JavaScript behind the protocol of exchange.c.
'use strict'
const readline = require('readline')
const {
  buildClient, CommitmentPolicy, RawAesKeyringNode, RawAesWrappingSuiteIdentifier,
  RawRsaKeyringNode, MultiKeyringNode
} = require('@aws-crypto/client-node')
const { constants } = require('crypto')

const wrappingSuites = {
  16: RawAesWrappingSuiteIdentifier.AES128_GCM_IV12_TAG16_NO_PADDING,
  24: RawAesWrappingSuiteIdentifier.AES192_GCM_IV12_TAG16_NO_PADDING,
  32: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING
}
const oaepHashes = { 2: 'sha1', 3: 'sha256', 4: 'sha384', 5: 'sha512' }

function openKey (key) {
  if (key.type === 'raw-rsa') {
    const padding = key.padding === 1
      ? { padding: constants.RSA_PKCS1_PADDING }
      : { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: oaepHashes[key.padding] }
    return new RawRsaKeyringNode({
      keyNamespace: key.namespace,
      keyName: key.name,
      rsaKey: { publicKey: key.public_pem, privateKey: key.private_pem },
      ...padding
    })
  }
  const material = Buffer.from(key.material, 'base64')
  // The material must stand alone in its memory.
  const unencryptedMasterKey = new Uint8Array(material.length)
  unencryptedMasterKey.set(material)
  return new RawAesKeyringNode({
    keyNamespace: key.namespace,
    keyName: key.name,
    unencryptedMasterKey,
    wrappingSuite: wrappingSuites[material.length],
    utf8Sorting: true
  })
}

function openKeyring (keys) {
  const [generator, ...children] = keys.map(openKey)
  return new MultiKeyringNode({ generator, children })
}

async function answer (request) {
  const keyring = openKeyring(request.keys)
  const committing = !request.suite || request.suite >= 0x0400
  const client = buildClient(committing
    ? CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT
    : CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
  if (request.op === 'encrypt') {
    const { result } = await client.encrypt(keyring, Buffer.from(request.plain, 'base64'), {
      encryptionContext: request.context,
      suiteId: request.suite,
      frameLength: request.frame
    })
    return { ok: true, data: result.toString('base64') }
  }
  const { plaintext, messageHeader } = await client.decrypt(
    keyring, Buffer.from(request.message, 'base64'))
  return {
    ok: true, data: plaintext.toString('base64'), context: messageHeader.encryptionContext
  }
}

async function main () {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let reply
    try {
      reply = await answer(JSON.parse(line))
    } catch (error) {
      reply = { ok: false, text: String(error) }
    }
    process.stdout.write(JSON.stringify(reply) + '\n')
  }
}

main()
