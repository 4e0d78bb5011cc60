// SPDX-License-Identifier: Apache-2.0
//
// IBM's client for Node.js against the fake: keys.js URL INSTANCE KEY. Prints one JSON object
// with what each call gave: a status, or the code of the refusal.
const key_protect = require('@ibm-cloud/ibm-key-protect/ibm-key-protect-api/v2');
const { IamAuthenticator } = require('@ibm-cloud/ibm-key-protect/auth');

const [url, instance, id] = process.argv.slice(2);
const client = new key_protect({
  authenticator: new IamAuthenticator({ apikey: 'api-key-of-a-manager', url }),
  serviceUrl: url,
});
const key = { id, bluemixInstance: instance };
const seen = {};

async function see(name, call) {
  try {
    const response = await call();
    seen[name] = response.status;
    return response.result;
  } catch (error) {
    seen[name] = error.body ? JSON.parse(error.body).resources[0].reasons[0].code
      : String(error.message);
    return {};
  }
}

function body(members) {
  return Buffer.from(JSON.stringify(members));
}

async function main() {
  const dek = Buffer.alloc(32, 7).toString('base64');
  const wrapped = await see('wrap', () => client.wrapKey({
    ...key, keyActionWrapBody: body({ plaintext: dek, aad: ['a', 'b'] }) }));
  const opened = await see('unwrap', () => client.unwrapKey({
    ...key, keyActionUnwrapBody: body({ ciphertext: wrapped.ciphertext, aad: ['a', 'b'] }) }));
  seen.same = opened.plaintext === dek;
  await see('other aad', () => client.unwrapKey({
    ...key, keyActionUnwrapBody: body({ ciphertext: wrapped.ciphertext, aad: ['ab'] }) }));
  await see('metadata', () => client.getKeyMetadata(key));
  await see('rotate', () => client.rotateKey({
    ...key, keyActionRotateBody: body({}).subarray(0, 0) }));
  await see('rotate again', () => client.rotateKey({
    ...key, keyActionRotateBody: body({}).subarray(0, 0) }));
  const replaced = await see('unwrap the old', () => client.unwrapKey({
    ...key, keyActionUnwrapBody: body({ ciphertext: wrapped.ciphertext, aad: ['a', 'b'] }) }));
  seen.replaced = Boolean(replaced.ciphertext && replaced.rewrappedKeyVersion);
  const listed = await see('keys', () => client.getKeys({ bluemixInstance: instance, limit: 5 }));
  seen.listed = listed.resources.length;
  await see('disable', () => client.disableKey(key));
  await see('wrap when disabled', () => client.wrapKey({
    ...key, keyActionWrapBody: body({ plaintext: dek }) }));
  await see('enable at once', () => client.enableKey(key));
  await see('another instance', () => client.getKeyMetadata({ id, bluemixInstance: 'other' }));
  console.log(JSON.stringify(seen));
}

main();
