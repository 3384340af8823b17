/* Native baselines: what C and the real kernel reach on the machine at hand.
 *
 *   native COMMAND WINDOW TOTAL   runs one command, prints one JSON line
 *   native serve                  answers each such line of its input with one JSON line
 *
 *   nop    io_uring NOP, WINDOW entries per io_uring_enter
 *   read   io_uring READ of 4 KiB in the page cache, WINDOW entries per io_uring_enter
 *   pread  the same reads as plain system calls, one at a time
 *   spsc   two spinning threads over two single-producer rings, WINDOW in flight
 *   futex  round trips between two threads that sleep in FUTEX_WAIT_PRIVATE
 *
 * Raw system calls, no libraries. A helper thread lives as long as its command, so a server that
 * waits for a line costs no CPU. Every completion is read and summed: work that did not happen is
 * reported as an error, never as a good time. */
#include "native.h"
#include <stdio.h>
#include <string.h>

static const struct { const char *name; Command run; } COMMANDS[] = {
  {"nop", run_nop},   {"read", run_read},   {"pread", run_pread},
  {"spsc", run_spsc}, {"futex", run_futex},
};

static const char *run_named(const char *name, Job *job) {
  if (job->window < 1 || job->window > WINDOW_MAX) return "the window is not in 1..1024";
  if (job->total < 1 || job->total > TOTAL_MAX) return "the total is not in 1..1000000000";
  for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++) {
    if (!strcmp(COMMANDS[i].name, name)) return COMMANDS[i].run(job);
  }
  return "no such command";
}

/* Runs "COMMAND WINDOW TOTAL" and prints its one line; false when it was not measured. */
static int answer(const char *line) {
  char name[16] = "";
  Job job = {.asleep = -1};
  const char *error = "expected: COMMAND WINDOW TOTAL";
  int fields = sscanf(line, "%15[a-z] %u %u", name, &job.window, &job.total);
  if (fields == 3) error = run_named(name, &job);
  if (error) {
    printf("{\"name\":\"%s\",\"window\":%u,\"error\":\"%s\"}\n", name, job.window, error);
  } else {
    printf("{\"name\":\"%s\",\"window\":%u,\"ns\":%.2f", name, job.window, job.wall_ns / job.total);
    printf(",\"cores\":%.3f", job.cpu_ns / job.wall_ns);
    if (job.asleep >= 0) printf(",\"asleep\":%.3f", job.asleep);
    printf("}\n");
  }
  fflush(stdout);
  return !error;
}

int main(int argc, char **argv) {
  char line[128];
  if (argc == 2 && !strcmp(argv[1], "serve")) {
    while (fgets(line, sizeof line, stdin)) answer(line);
    return 0;
  }
  if (argc != 4) {
    fprintf(stderr, "native: expected COMMAND WINDOW TOTAL, or serve\n");
    return 2;
  }
  snprintf(line, sizeof line, "%s %s %s", argv[1], argv[2], argv[3]);
  return answer(line) ? 0 : 1;
}
