/* Baselines of two threads: spinning over two rings, and asleep between two futexes. */
#include "native.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SPINS_BEFORE_YIELD = 1 << 16 }; /* only a machine with one core gets there */

/* ---- two spinning threads over two rings: 64-byte entries out, 16-byte entries back ---- */

/* Two 64-byte lines: x86 prefetches lines in pairs, so one line apart still false-shares. */
typedef struct { _Alignas(128) _Atomic uint32_t v; } Word;
typedef struct { int32_t words[16]; } Entry;
typedef struct { int32_t words[4]; } Completion;

static struct {
  Word sq_tail, sq_head, cq_tail, cq_head, ready;
  unsigned total;
  _Alignas(128) Entry entries[WINDOW_MAX];
  _Alignas(128) Completion completions[WINDOW_MAX];
} spsc;

static uint32_t load(Word *word) { return atomic_load_explicit(&word->v, memory_order_acquire); }
static void store(Word *word, uint32_t value) {
  atomic_store_explicit(&word->v, value, memory_order_release);
}

static void *spsc_execute(void *unused) {
  (void)unused;
  store(&spsc.ready, 1);
  for (uint32_t head = 0, idle = 0; head < spsc.total;) {
    uint32_t tail = load(&spsc.sq_tail);
    if (tail == head) {
      if (++idle % SPINS_BEFORE_YIELD == 0) sched_yield();
      continue;
    }
    for (; head != tail; head++) {
      const Entry *entry = &spsc.entries[head % WINDOW_MAX];
      Completion *completion = &spsc.completions[head % WINDOW_MAX];
      *completion = (Completion){{entry->words[8], 0, 0, 0}};
    }
    store(&spsc.sq_head, head);
    store(&spsc.cq_tail, head);
  }
  return NULL;
}

static uint64_t spsc_submit(unsigned window, unsigned total) {
  uint64_t sum = 0;
  for (uint32_t tail = 0, head = 0, idle = 0; head < total;) {
    uint32_t batch = least(window - (tail - head), total - tail);
    for (uint32_t end = tail + batch; tail != end; tail++) {
      Entry *entry = &spsc.entries[tail % WINDOW_MAX];
      memset(entry, 0, sizeof *entry);
      entry->words[8] = (int32_t)tail;
    }
    if (batch) store(&spsc.sq_tail, tail);
    uint32_t arrived = load(&spsc.cq_tail);
    if (arrived == head) {
      if (++idle % SPINS_BEFORE_YIELD == 0) sched_yield();
      continue;
    }
    for (; head != arrived; head++) sum += (uint32_t)spsc.completions[head % WINDOW_MAX].words[0];
    store(&spsc.cq_head, head);
  }
  return sum;
}

const char *run_spsc(Job *job) {
  pthread_t executor;
  store(&spsc.sq_tail, 0);
  store(&spsc.sq_head, 0);
  store(&spsc.cq_tail, 0);
  store(&spsc.cq_head, 0);
  store(&spsc.ready, 0);
  spsc.total = job->total;
  if (pthread_create(&executor, NULL, spsc_execute, NULL)) return "no second thread";
  while (!load(&spsc.ready)) sched_yield();
  start_clock(job);
  uint64_t sum = spsc_submit(job->window, job->total);
  stop_clock(job);
  pthread_join(executor, NULL);
  return sum == expected_sum(job->total) ? NULL : "completions do not add up";
}

/* ---- two threads that hand a number back and forth and sleep in between ---- */

static Word ping, pong;

/* Waits until the word reads `wanted`; returns how many of the waits really slept. */
static unsigned futex_await(Word *word, uint32_t wanted) {
  unsigned asleep = 0;
  for (uint32_t v; (v = load(word)) != wanted;) {
    if (!syscall(SYS_futex, &word->v, FUTEX_WAIT_PRIVATE, v, NULL, NULL, 0)) asleep = 1;
  }
  return asleep;
}

static void futex_hand(Word *word, uint32_t v) {
  store(word, v);
  syscall(SYS_futex, &word->v, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *futex_echo(void *total) {
  uintptr_t asleep = 0;
  for (uint32_t i = 1, last = *(unsigned *)total; i <= last; i++) {
    asleep += futex_await(&ping, i);
    futex_hand(&pong, i);
  }
  return (void *)asleep;
}

const char *run_futex(Job *job) {
  pthread_t echo;
  void *echo_asleep;
  unsigned asleep = 0;
  store(&ping, 0);
  store(&pong, 0);
  if (pthread_create(&echo, NULL, futex_echo, &job->total)) return "no second thread";
  start_clock(job);
  for (uint32_t i = 1; i <= job->total; i++) {
    futex_hand(&ping, i);
    asleep += futex_await(&pong, i);
  }
  stop_clock(job);
  pthread_join(echo, &echo_asleep);
  job->asleep = (asleep + (double)(uintptr_t)echo_asleep) / (2.0 * job->total);
  return NULL;
}
