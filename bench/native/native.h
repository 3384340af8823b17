/* What the native baselines share: the job, its clock, and the commands. */
#ifndef NATIVE_H
#define NATIVE_H
#define _GNU_SOURCE
#include <stdint.h>
#include <time.h>

enum {
  WINDOW_MAX = 1024,
  TOTAL_MAX = 1000000000,
};

typedef struct {
  unsigned window;
  unsigned total;
  double wall_ns;
  double cpu_ns;
  double asleep; /* share of the waits that really slept; -1 where nothing waits */
} Job;

/* A command returns NULL, or the reason why it could not measure. */
typedef const char *(*Command)(Job *job);

const char *run_spsc(Job *job);
const char *run_futex(Job *job);
const char *run_nop(Job *job);
const char *run_read(Job *job);
const char *run_pread(Job *job);

static inline double clock_ns(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static inline void start_clock(Job *job) {
  job->cpu_ns = -clock_ns(CLOCK_PROCESS_CPUTIME_ID);
  job->wall_ns = -clock_ns(CLOCK_MONOTONIC);
}

static inline void stop_clock(Job *job) {
  job->wall_ns += clock_ns(CLOCK_MONOTONIC);
  job->cpu_ns += clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static inline unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

/* 0 + 1 + ... + (total - 1): what the user data of all completions adds up to. */
static inline uint64_t expected_sum(unsigned total) { return (uint64_t)total * (total - 1ull) / 2; }

#endif
