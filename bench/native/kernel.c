/* Baselines of the kernel: the real io_uring by raw system calls, and plain preads. */
#include "native.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef IORING_SETUP_SINGLE_ISSUER
#define IORING_SETUP_SINGLE_ISSUER (1U << 12)
#endif

enum {
  PAGE_BYTES = 4096,
  FILE_PAGES = 256,
};

/* ---- one ring ---- */

static struct {
  int fd;
  unsigned tail, sq_mask, cq_mask;
  unsigned *sq_tail, *cq_head, *cq_tail;
  struct io_uring_sqe *sqes;
  struct io_uring_cqe *cqes;
} ring = {.fd = -1};

static int ring_setup(struct io_uring_params *params) {
  memset(params, 0, sizeof *params);
  params->flags = IORING_SETUP_SINGLE_ISSUER;
  int fd = syscall(SYS_io_uring_setup, WINDOW_MAX, params);
  if (fd >= 0 || errno != EINVAL) return fd;
  params->flags = 0; /* older than 6.0: no such flag */
  return syscall(SYS_io_uring_setup, WINDOW_MAX, params);
}

/* Opens the ring once and keeps it, so that its setup is in no measurement. */
static const char *ring_open(void) {
  struct io_uring_params p;
  if (ring.fd >= 0) return NULL;
  int fd = ring_setup(&p);
  if (fd < 0) return strerror(errno); /* ENOSYS, EPERM: no io_uring here */
  size_t sq_bytes = p.sq_off.array + p.sq_entries * sizeof(unsigned);
  size_t cq_bytes = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
  size_t sqe_bytes = p.sq_entries * sizeof(struct io_uring_sqe);
  int prot = PROT_READ | PROT_WRITE, share = MAP_SHARED | MAP_POPULATE;
  char *sq = mmap(NULL, sq_bytes, prot, share, fd, IORING_OFF_SQ_RING);
  char *cq = mmap(NULL, cq_bytes, prot, share, fd, IORING_OFF_CQ_RING);
  void *sqes = mmap(NULL, sqe_bytes, prot, share, fd, IORING_OFF_SQES);
  if (sq == MAP_FAILED || cq == MAP_FAILED || sqes == MAP_FAILED) return strerror(errno);
  unsigned *array = (unsigned *)(sq + p.sq_off.array);
  for (unsigned i = 0; i < p.sq_entries; i++) array[i] = i;
  ring.fd = fd;
  ring.sqes = sqes;
  ring.cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
  ring.sq_tail = (unsigned *)(sq + p.sq_off.tail);
  ring.cq_head = (unsigned *)(cq + p.cq_off.head);
  ring.cq_tail = (unsigned *)(cq + p.cq_off.tail);
  ring.sq_mask = *(unsigned *)(sq + p.sq_off.ring_mask);
  ring.cq_mask = *(unsigned *)(cq + p.cq_off.ring_mask);
  ring.tail = *ring.sq_tail;
  return NULL;
}

/* Submits `batch` entries and waits for as many completions; a signal may cut either short. */
static int ring_enter(unsigned batch) {
  unsigned submit = batch, head = *ring.cq_head, ready;
  while ((ready = __atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE) - head) < batch || submit) {
    int n = syscall(SYS_io_uring_enter, ring.fd, submit, batch, IORING_ENTER_GETEVENTS, NULL, 0);
    if (n < 0 && errno != EINTR) return -1;
    if (n > 0) submit -= (unsigned)n;
  }
  return 0;
}

/* One window after another: fill, enter, read every completion. A slot reads into its own page. */
static const char *ring_round(Job *job, int opcode, int fd, char *pages) {
  int wanted = opcode == IORING_OP_READ ? PAGE_BYTES : 0;
  uint64_t sum = 0;
  start_clock(job);
  for (unsigned done = 0; done < job->total;) {
    unsigned batch = least(job->window, job->total - done);
    for (unsigned i = 0; i < batch; i++) {
      struct io_uring_sqe *sqe = &ring.sqes[ring.tail++ & ring.sq_mask];
      memset(sqe, 0, sizeof *sqe);
      sqe->opcode = (uint8_t)opcode;
      sqe->fd = fd;
      sqe->user_data = done + i;
      if (!wanted) continue;
      sqe->addr = (uintptr_t)(pages + (size_t)i * PAGE_BYTES);
      sqe->len = PAGE_BYTES;
      sqe->off = (uint64_t)((done + i) % FILE_PAGES) * PAGE_BYTES;
    }
    __atomic_store_n(ring.sq_tail, ring.tail, __ATOMIC_RELEASE);
    if (ring_enter(batch)) return strerror(errno);
    unsigned head = *ring.cq_head;
    for (unsigned end = head + batch; head != end; head++) {
      const struct io_uring_cqe *cqe = &ring.cqes[head & ring.cq_mask];
      if (cqe->res != wanted) return "a completion failed or came short";
      sum += cqe->user_data;
    }
    __atomic_store_n(ring.cq_head, head, __ATOMIC_RELEASE);
    done += batch;
  }
  stop_clock(job);
  return sum == expected_sum(job->total) ? NULL : "completions do not add up";
}

const char *run_nop(Job *job) {
  const char *error = ring_open();
  return error ? error : ring_round(job, IORING_OP_NOP, -1, NULL);
}

/* ---- reads of one small file that stays in the page cache ---- */

static char *pages;
static int file_fd = -1;

/* Makes the nameless file once, and one page of memory for each slot of the largest window. */
static const char *file_open(void) {
  if (file_fd >= 0) return NULL;
  const char *folder = getenv("TMPDIR");
  char path[1024];
  size_t bytes = (size_t)WINDOW_MAX * PAGE_BYTES;
  snprintf(path, sizeof path, "%s/native-XXXXXX", folder && *folder ? folder : "/tmp");
  if (!pages && !(pages = aligned_alloc(PAGE_BYTES, bytes))) return strerror(ENOMEM);
  memset(pages, 7, bytes);
  int fd = mkstemp(path);
  if (fd < 0) return strerror(errno);
  unlink(path);
  if (write(fd, pages, FILE_PAGES * PAGE_BYTES) != FILE_PAGES * PAGE_BYTES) {
    close(fd);
    return "the temporary file cannot be written";
  }
  file_fd = fd;
  return NULL;
}

const char *run_read(Job *job) {
  const char *error = file_open();
  if (!error) error = ring_open();
  return error ? error : ring_round(job, IORING_OP_READ, file_fd, pages);
}

const char *run_pread(Job *job) {
  const char *error = file_open();
  if (error) return error;
  start_clock(job);
  for (unsigned i = 0; i < job->total; i++) {
    off_t at = (off_t)(i % FILE_PAGES) * PAGE_BYTES;
    if (pread(file_fd, pages, PAGE_BYTES, at) != PAGE_BYTES) return "a read failed or came short";
  }
  stop_clock(job);
  return NULL;
}
