/**
 * Goal: pipes, sockets and listeners of a door carry every byte in order between loops that read
 *       and calls that send; slow readers make senders wait; leaving a loop, closing and aborting
 *       take back what goes on and leave nothing in memory.
 * Method: both ends in one program, on every kernel; every wait is for bytes or an end.
 */
import { describe, expect, it } from 'vitest';
import type { Channel } from '../../../src/doors/channel.ts';
import type { Socket } from '../../../src/doors/socket.ts';
import { KERNELS, playground, sharedGround } from './kernels.ts';

/** Everything that a channel receives. */
async function all(channel: Channel): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of channel.receive()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.each(KERNELS)('channels on $kind', ({ options }) => {
  const ground = sharedGround(options);

  it('carry text through a pipe until its writer closes', async () => {
    const { reader, writer } = await ground.uring.pipe();
    const text = all(reader);
    await writer.send('hello ');
    await writer.send(Buffer.from('pipe'));
    await writer.close();
    expect((await text).toString()).toBe('hello pipe');
    await reader.close();
    expect([reader.fd, writer.fd]).toEqual([-1, -1]);
    await expect(writer.send('late')).rejects.toMatchObject({ code: 'EBADF' });
  });

  it('carry what is far larger than their buffers, both ways at once', async () => {
    const [a, b] = await ground.uring.socketPair();
    const bytes = Buffer.alloc(3_000_000, 'a long story; ');
    const [fromA, fromB] = [all(b), all(a)];
    await Promise.all([a.send(bytes), b.send(bytes)]);
    await Promise.all([a.end(), b.end()]);
    expect((await fromA).equals(bytes)).toBe(true);
    expect((await fromB).equals(bytes)).toBe(true);
    await Promise.all([a.close(), b.close()]);
  });

  it('make a sender wait for a slow reader', async () => {
    const [a, b] = await ground.uring.socketPair();
    let sent = false;
    const sending = a.send(Buffer.alloc(2_000_000)).then(() => {
      sent = true;
    });
    const flow = b.receive();
    let bytes = (await flow.next()).value?.length ?? 0;
    for (let i = 0; i < 20; i++) await ground.uring.stat('.');
    expect(sent).toBe(false);
    for await (const chunk of flow) {
      bytes += chunk.length;
      if (bytes === 2_000_000) break;
    }
    await sending;
    await Promise.all([a.close(), b.close()]);
  });

  it('tell of an end that is gone', async () => {
    const { reader, writer } = await ground.uring.pipe();
    await reader.close();
    await expect(writer.send('x')).rejects.toMatchObject({ code: 'EPIPE', syscall: 'write' });
    await writer.close();
    const [a, b] = await ground.uring.socketPair();
    await b.close();
    await expect(a.send('x')).rejects.toMatchObject({ code: 'EPIPE', syscall: 'send' });
    expect(await all(a)).toHaveLength(0);
    await a.close();
  });

  it('take back a loop that is aborted, and a send that is too late', async () => {
    const [a, b] = await ground.uring.socketPair();
    const controller = new AbortController();
    const next = b.receive({ signal: controller.signal }).next();
    await ground.uring.stat('.');
    controller.abort(new Error('enough'));
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
    const late = a.send(Buffer.alloc(2_000_000), { timeout: 5 });
    await expect(late).rejects.toMatchObject({ name: 'TimeoutError', code: 'ETIME', errno: -62 });
    const sending = a.send(Buffer.alloc(2_000_000));
    const refused = expect(sending).rejects.toMatchObject({ name: 'AbortError' });
    await a.close();
    await refused;
    await b.close();
  });

  it('may wait in more loops than the ring has entries, and other calls go on', async () => {
    await using small = await playground({ ...options, entries: 2, memoryBytes: 8 << 20 });
    const { uring } = small;
    const pairs = await Promise.all(Array.from({ length: 30 }, () => uring.socketPair()));
    const texts = pairs.map(([, b]) => all(b));
    await Promise.all(Array.from({ length: 30 }, () => uring.stat('.')));
    await Promise.all(pairs.map(([a], i) => a.send(`${i}`)));
    await Promise.all(pairs.map(([a]) => a.end()));
    expect((await Promise.all(texts)).map(Number)).toEqual(pairs.map((_, i) => i));
    await Promise.all(pairs.flat().map((end) => end.close()));
  });

  it('leave a loop that waits when they close', async () => {
    const { reader, writer } = await ground.uring.pipe();
    const waiting = reader.receive().next();
    await ground.uring.stat('.');
    await reader.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await writer.close();
  });
});

describe.each(KERNELS)('listeners on $kind', ({ options }) => {
  const ground = sharedGround(options);

  /** Answers each connection with what it sent, in capitals. */
  async function shout(connections: AsyncIterable<Socket>): Promise<void> {
    for await (const socket of connections)
      void (async () => {
        await using end = socket;
        for await (const chunk of end) await end.send(chunk.toString().toUpperCase());
      })();
  }

  it.each([{ port: 0 }, { host: '::1', port: 0 }, { path: '/run/shout' }, { path: '\0shout' }])(
    'serve many connections at %j',
    async (address) => {
      const { uring } = ground;
      await using listener = await uring.listen(address);
      if ('port' in address) expect(listener.address).not.toMatchObject({ port: 0 });
      else expect(listener.address).toEqual(address);
      const serving = shout(listener.accept());
      const ask = async (i: number): Promise<string> => {
        await using socket = await uring.connect(listener.address);
        await socket.send(`call ${i}`);
        await socket.end();
        return (await all(socket)).toString();
      };
      const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => ask(i)));
      expect(answers).toEqual(Array.from({ length: 50 }, (_, i) => `CALL ${i}`));
      await listener.close();
      await serving;
    },
  );

  it('refuse an address that is taken, and nobody answers where nobody listens', async () => {
    const { uring } = ground;
    await using listener = await uring.listen({ port: 0 });
    await expect(uring.listen(listener.address)).rejects.toMatchObject({
      code: 'EADDRINUSE',
      syscall: 'bind',
    });
    const { address } = listener;
    await listener.close();
    await expect(uring.connect(address)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    await expect(uring.connect({ path: '/nobody' })).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(uring.connect({ host: 'example.org', port: 1 })).rejects.toThrow(TypeError);
    await expect(uring.connect({ port: 70_000 })).rejects.toThrow(RangeError);
  });

  it('know the other end, and close connections that nobody took', async () => {
    const { uring } = ground;
    const listener = await uring.listen({ port: 0 });
    const connections = listener.accept();
    const first = connections.next();
    const clients = await Promise.all([1, 2, 3].map(() => uring.connect(listener.address)));
    const { value: socket } = await first;
    expect(await socket?.peer()).toMatchObject({ host: '127.0.0.1' });
    expect(await clients[0]?.peer()).toEqual(listener.address);
    await connections.return();
    await listener.close();
    await Promise.all([socket, ...clients].map((end) => end?.close()));
  });
});

describe.each(KERNELS)('the end of a door on $kind', ({ options }) => {
  it('ends loops, closes channels, and frees all memory', async () => {
    const ground = await playground(options);
    const { uring } = ground;
    const [a] = await uring.socketPair();
    const listener = await uring.listen({ path: '/end' });
    const waits = [
      a.receive().next(),
      listener.accept().next(),
      uring.interval(1000).next(),
    ] as const;
    await uring.stat('.');
    await ground[Symbol.asyncDispose]();
    expect((await Promise.all<IteratorResult<unknown>>(waits)).map(({ done }) => done)).toEqual([
      true,
      true,
      true,
    ]);
    expect(() => uring.interval(1)).toThrow('closed');
    await expect(uring.pipe()).rejects.toThrow('closed');
  });
});
