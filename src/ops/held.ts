/** What a request that pends holds, so that closing a descriptor pulls nothing from under it. */

import type { Res } from '../abi/errno.ts';
import type { FileObject } from '../kernel/file-system.ts';
import type { OpenFile } from '../kernel/open-file.ts';
import { PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';

// The rule
//   A request that ends inside run() needs to hold nothing: nobody else runs meanwhile. One that
//   pends holds its file in request.file, and what else it uses of files (the directories its paths
//   begin at, the source of a copy) in request.state.
//   Request.letGo() drops request.file when the request ends, or its ring does. The state is let
//   go of by the operation as soon as it is done with it, and by letGo() if the ring ended first.

/** A request's state that holds files. */
export interface Held {
  /** Lets go of them, and forgets them: a second call does nothing. */
  drop(): void;
  /** What it copied to memory that all requests share becomes its own: it does not run at once. */
  keepText?(): void;
}

/** The result of a request that pended: what its state holds is not needed any more. */
export function dropState(request: Request, res: Res): Res {
  (request.state as Held).drop();
  return res;
}

/** The file of a request that opened or kept one. */
export const heldFile = (request: Request): FileObject => request.file as FileObject;

/** Holds the file of a request that pends, once. */
export function keep(request: Request, file: OpenFile): typeof PENDING {
  if (request.file !== file) {
    file.hold();
    request.file = file;
  }
  return PENDING;
}
