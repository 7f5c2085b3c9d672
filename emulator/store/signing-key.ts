import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/**
 * Generates a private key like Cognito's: RSA, 2048 bits.
 *
 * It is read from PEM because Node 20 deadlocks when a key is exported while the garbage collector collects the job
 * that generated it.
 */
export function createSigningKey(modulusLength = 2048): KeyObject {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return createPrivateKey(privateKey);
}
