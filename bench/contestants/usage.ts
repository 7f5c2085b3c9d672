// Loaded into each contestant before its own program, which knows nothing of it.
import { generateKeyPairSync, sign, verify } from 'node:crypto';

const VERIFICATIONS = 2_000;

const answers: Readonly<Record<string, () => unknown>> = {
  /** Processor time and memory of this process so far. */
  usage() {
    const { user, system } = process.cpuUsage();
    return { cpuMicroseconds: user + system, residentBytes: process.memoryUsage.rss() };
  },
  /** Microseconds that one verification of a signature like Cognito's takes in this process. */
  rsaVerification() {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signed = Buffer.alloc(700);
    const signature = sign('sha256', signed, privateKey);
    const { user, system } = process.cpuUsage();
    for (let count = 0; count < VERIFICATIONS; count += 1) verify('sha256', signed, publicKey, signature);
    const used = process.cpuUsage({ user, system });
    return (used.user + used.system) / VERIFICATIONS;
  },
};

process.on('message', (question: string) => process.send?.(answers[question]?.()));
process.on('disconnect', () => process.exit());
// Listening must not keep a contestant alive that has nothing else to do.
process.channel?.unref();
