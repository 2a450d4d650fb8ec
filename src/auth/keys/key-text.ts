import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Letters and digits only, so that a double click selects a whole key, and it needs no escaping anywhere. */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Finds the kind of credential among others, also for programs that look for leaked keys in texts. */
const PREFIX = 'lss_';

const ID_LENGTH = 12;
/** log2(62) × 37 = 220 random bits. */
const SECRET_LENGTH = 37;
/** 62^6 > 2^32. */
const CHECKSUM_LENGTH = 6;

const KEY = new RegExp(
  `^(?<body>${PREFIX}(?<id>[0-9A-Za-z]{${ID_LENGTH}})_[0-9A-Za-z]{${SECRET_LENGTH}})(?<checksum>[0-9A-Za-z]{${CHECKSUM_LENGTH}})$`,
);

/** Of ids of keys, which are not secret. */
export const KEY_ID = new RegExp(`^[0-9A-Za-z]{${ID_LENGTH}}$`);

/** A key as it is shown once: `lss_<id>_<secret><checksum>`, 60 characters. */
export interface NewKeyText {
  readonly id: string;
  readonly text: string;
}

export function createKeyText(): NewKeyText {
  const id = randomText(ID_LENGTH);
  const body = `${PREFIX}${id}_${randomText(SECRET_LENGTH)}`;
  return { id, text: `${body}${checksumOf(body)}` };
}

/** Whether it is meant to be a key, well-formed or not. */
export function looksLikeKey(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** The id in a key. Null when it is malformed: a wrong length, character or checksum, so that no lookup is needed. */
export function idOfKey(text: string): string | null {
  const { body = '', id = '', checksum } = KEY.exec(text)?.groups ?? {};
  return checksum === checksumOf(body) ? id : null;
}

/** What is stored of a key. Its secret has 220 random bits: nobody can try them, so the hash need not be slow. */
export function hashOfKey(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/** CRC-32 in base 62, as in GitHub's tokens. It finds mistakes of typing and copying, and is no protection. */
function checksumOf(body: string): string {
  let rest = crc32(body);
  let digits = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    digits = `${ALPHABET.charAt(rest % ALPHABET.length)}${digits}`;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}

function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
}
