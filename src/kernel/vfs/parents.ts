/** The directories of a jail that are kept open, so that few paths are walked from its root. */
import { fail, type Res } from '../../abi/errno.ts';
import { O } from '../../abi/files.ts';
import { PARENTS_MAX, PATH_BYTES_MAX } from '../../abi/limits.ts';
import type { HostFiles } from '../host.ts';
import type { HostPath } from './host-path.ts';
import { containsAt, SLASH } from './names.ts';

// What an entry says: by these names, no symlink among them, the walk came from the root to this
// directory. Someone may rename it any time, as someone may in the middle of a walk. So:
//
// Within a pass it is believed. A pass begins before the entries of a batch are taken (endPass), so
//   a walk of this pass is not older than any request of it, and each request may be ordered behind
//   that walk, as if it had walked itself and been slow since. What this kernel renames or removes
//   itself ends the pass (forget), because requests of one batch do see each other's effects.
// In a later pass it is asked where it is: /proc/self/fd/N is a link whose text the host makes of
//   the names that lead to the directory now. If these are the root's own path, asked anew in each
//   pass too, and the entry's names, then a walk would have ended here. Else it is dropped. No
//   symlink can imitate that, as it could a comparison of inode numbers by path: the directory may
//   be outside by now, and a symlink to it in its old place. It costs one call, where a walk costs
//   two for each name.
//   A directory that was removed has " (deleted)" behind its names. That could only be taken for a
//   name if the entry's names end so, and such directories are not kept.
//
// Descriptors are closed by sweep() only, between two requests, so that nothing closes what is on
// the way of a walk; and while a pooled call uses one it is pinned, and closed after the last pin.

const DELETED = new TextEncoder().encode(' (deleted)');
const FNV_START = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

/** A hash of text[from, to): FNV-1a. */
function hashOf(text: Uint8Array, from: number, to: number): number {
  let hash = FNV_START;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ text[i]!, FNV_PRIME);
  return hash;
}

/** What may own a directory's descriptor instead: an open file. */
export interface Owner {
  hold(): void;
  drop(): void;
}

/** A directory of the host that is held open. */
export class Directory {
  readonly fd: number;
  /** Names from the root of the jail, or undefined: it was reached from somewhere else. */
  readonly names: Uint8Array | undefined;
  /** The pass it was last found at these names in. */
  pass: number;
  /** Pooled calls that use it. */
  pins = 0;
  /** It may be found again; else it is closed as soon as nothing uses it. */
  kept = true;
  /** It is to be closed by the next sweep. */
  leaving = false;
  /** Where its descriptor is noted, or -1. */
  note = -1;
  /** Whose descriptor it is; that of the parents when undefined. */
  readonly owner: Owner | undefined;

  constructor(fd: number, names: Uint8Array | undefined, pass: number, owner?: Owner) {
    this.fd = fd;
    this.names = names;
    this.pass = pass;
    this.owner = owner;
  }
}

/** Least recently used go first; a directory counts as used once in each pass. */
export class Parents {
  readonly #files: HostFiles;
  readonly #path: HostPath;
  readonly #notes: Int32Array;
  /** Indices of #notes that hold nothing. */
  readonly #freeNotes: number[] = [];
  readonly #byHash = new Map<number, Directory>();
  /** No longer kept, still open. */
  readonly #leaving: Directory[] = [];
  #pass = 1;
  /** Something was found, added or left since the pass began. */
  #isUsed = false;
  #root: Directory | undefined;
  readonly #rootPath = new Uint8Array(PATH_BYTES_MAX);
  #rootPathBytes = 0;
  #rootPathPass = 0;
  readonly #text = new Uint8Array(PATH_BYTES_MAX);

  /** `notes`: MOUNT_NOTE_WORDS words (notes.ts). What they name is closed: its owner died. */
  constructor(files: HostFiles, path: HostPath, notes: Int32Array) {
    this.#files = files;
    this.#path = path;
    this.#notes = notes;
    for (let i = notes.length - 1; i >= 0; i--) {
      const fd = notes[i]! - 1;
      notes[i] = 0; // first: whoever died after the close would have the number closed again
      if (fd !== -1) files.close(fd);
      this.#freeNotes.push(i);
    }
  }

  /** The root's directory, once it is open. */
  get root(): Directory | undefined {
    return this.#root;
  }

  /** Takes over the descriptor of the root. */
  setRoot(fd: number): Directory {
    this.#root = this.#note(new Directory(fd, new Uint8Array(0), this.#pass));
    return this.#root;
  }

  /** The directory at the names text[from, to), if it is known and still there. */
  find(text: Uint8Array, from: number, to: number): Directory | undefined {
    const hash = hashOf(text, from, to);
    const found = this.#byHash.get(hash);
    const names = found?.names;
    if (found === undefined || names === undefined || names.length !== to - from) return undefined;
    if (!containsAt(text, names, from)) return undefined;
    this.#isUsed = true;
    if (found.pass === this.#pass) return found;
    this.#byHash.delete(hash);
    if (!this.#isStillAt(found, names)) {
      this.#leave(found);
      return undefined;
    }
    found.pass = this.#pass;
    this.#byHash.set(hash, found); // the last one now
    return found;
  }

  /** Keeps a directory that was just walked to by the names text[0, length). */
  add(fd: number, text: Uint8Array, length: number): Directory {
    const directory = this.#note(new Directory(fd, text.slice(0, length), this.#pass));
    if (length >= DELETED.length && containsAt(text, DELETED, length - DELETED.length)) {
      this.#leave(directory);
      return directory;
    }
    const hash = hashOf(text, 0, length);
    const other = this.#byHash.get(hash);
    if (other !== undefined) this.#leave(other);
    this.#byHash.delete(hash);
    this.#byHash.set(hash, directory);
    return directory;
  }

  /** Keeps a directory until the next sweep: it was reached from elsewhere than the root. */
  borrow(fd: number): Directory {
    const directory = this.#note(new Directory(fd, undefined, this.#pass));
    this.#leave(directory);
    return directory;
  }

  /** Keeps it open until unpin(). */
  pin(directory: Directory): void {
    directory.pins++;
    directory.owner?.hold();
  }

  /** Called by the host's callbacks alone, when nothing is walking. */
  unpin(directory: Directory): void {
    directory.pins--;
    directory.owner?.drop();
    if (!directory.kept && !directory.leaving && directory.pins === 0) this.#close(directory);
  }

  /** A new pass begins; most passes walk nowhere, and cost nothing. */
  endPass(): void {
    if (!this.#isUsed) return;
    this.#isUsed = false;
    this.forget();
    this.sweep();
  }

  /** Nothing is believed any more without asking. */
  forget(): void {
    this.#pass++;
  }

  /** Closes what is not kept, and keeps no more than PARENTS_MAX. Nothing may be walking. */
  sweep(): void {
    if (this.#byHash.size > PARENTS_MAX) this.#shrink();
    if (this.#leaving.length === 0) return;
    for (const directory of this.#leaving) {
      directory.leaving = false;
      if (directory.pins === 0) this.#close(directory);
    }
    this.#leaving.length = 0;
  }

  /** Closes everything that is not pinned. */
  close(): void {
    for (const directory of this.#byHash.values()) this.#leave(directory);
    this.#byHash.clear();
    if (this.#root !== undefined) this.#leave(this.#root);
    this.#root = undefined;
    this.sweep();
  }

  /** The names from the root to where a descriptor is now; -ENOENT when that is not inside. */
  namesOf(fd: number): Uint8Array | Res {
    const bytes = this.#pathOf(fd, this.#text);
    if (bytes < 0) return bytes;
    const root = this.#rootPrefix();
    if (root < 0) return root;
    if (bytes < root || !containsAt(this.#text, this.#rootPath.subarray(0, root), 0))
      return fail('ENOENT');
    if (bytes === root) return new Uint8Array(0);
    if (this.#text[root] !== SLASH) return fail('ENOENT');
    return this.#text.slice(root + 1, bytes);
  }

  #isStillAt({ fd }: Directory, names: Uint8Array): boolean {
    const bytes = this.#pathOf(fd, this.#text);
    const root = this.#rootPrefix();
    if (bytes < 0 || root < 0 || bytes !== root + 1 + names.length) return false;
    if (!containsAt(this.#text, names, root + 1) || this.#text[root] !== SLASH) return false;
    for (let i = 0; i < root; i++) if (this.#text[i] !== this.#rootPath[i]) return false;
    return true;
  }

  /** Bytes of the root's path in #rootPath, none for `/`; or -errno. Asked once in each pass. */
  #rootPrefix(): Res {
    if (this.#rootPathPass === this.#pass) return this.#rootPathBytes;
    if (this.#root === undefined) return fail('ENOENT');
    const bytes = this.#pathOf(this.#root.fd, this.#rootPath);
    if (bytes < 0) return bytes;
    this.#rootPathBytes = bytes === 1 ? 0 : bytes;
    this.#rootPathPass = this.#pass;
    this.#isUsed = true;
    return this.#rootPathBytes;
  }

  #pathOf(fd: number, into: Uint8Array): Res {
    const bytes = this.#files.readlink(this.#path.descriptor(fd), into);
    return bytes === into.length ? fail('ENAMETOOLONG') : bytes;
  }

  /** Least recently used first. */
  #shrink(): void {
    let excess = this.#byHash.size - PARENTS_MAX;
    for (const [hash, directory] of this.#byHash) {
      if (excess-- === 0) break;
      this.#byHash.delete(hash);
      this.#leave(directory);
    }
  }

  #leave(directory: Directory): void {
    directory.kept = false;
    directory.leaving = true;
    this.#leaving.push(directory);
    this.#isUsed = true;
  }

  #note(directory: Directory): Directory {
    this.#isUsed = true;
    directory.note = this.#freeNotes.pop() ?? -1;
    if (directory.note !== -1) this.#notes[directory.note] = directory.fd + 1;
    return directory;
  }

  #close({ fd, note }: Directory): void {
    if (note !== -1) {
      this.#notes[note] = 0;
      this.#freeNotes.push(note);
    }
    this.#files.close(fd);
  }
}

/** How a directory on the way is opened: for its place alone, and only if it is one itself. */
export const ON_THE_WAY = O.PATH | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC;
