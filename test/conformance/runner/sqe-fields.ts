/** The fields of an SQE as scenarios name them, and where FORMAT.md says that each lies. */
import { SQE } from '../../../src/abi/layout.ts';

/** A word of the SQE, and the bits of it (or of it and the next) that a field has. */
export interface SqeField {
  readonly word: number;
  readonly shift: number;
  readonly width: number;
}

const at = (word: number, width: number, shift = 0): SqeField => ({ word, shift, width });

export const SQE_FIELDS: ReadonlyMap<string, SqeField> = new Map([
  ['op', at(SQE.head, 8)],
  ['flags', at(SQE.head, 8, 8)],
  ['ioprio', at(SQE.head, 16, 16)],
  ['fd', at(SQE.fd, 32)],
  ['off', at(SQE.offLow, 64)],
  ['addr', at(SQE.addrLow, 64)],
  ['len', at(SQE.len, 32)],
  ['op_flags', at(SQE.opFlags, 32)],
  ['ud', at(SQE.userDataLow, 64)],
  ['buf', at(SQE.bufPersonality, 16)],
  ['pers', at(SQE.bufPersonality, 16, 16)],
  ['file', at(SQE.fileIndex, 32)],
  ['addr3', at(SQE.addr3Low, 64)],
  ['pad', at(SQE.padLow, 64)],
]);
