/*
 * What the hardware and the kernel allow: the floor under every pool.
 *
 *   floor spin SECONDS SIZE   median round trip through shared memory, both sides spinning, in us
 *   floor futex SECONDS SIZE  the same, both sides sleeping in futex(2)
 *   floor pipe SECONDS SIZE   the same through two pipes
 *   floor memcpy SECONDS SIZE milliseconds to copy so many bytes there and back
 *
 * Prints lines "@figure NAME VALUE", as the other measurements do.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 2000000, LINE = 64 };

struct lane {
  _Atomic uint32_t turn;
  char pad[LINE - sizeof(uint32_t)];
  char bytes[4096];
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void figures(double *samples, size_t count, double unit) {
  qsort(samples, count, sizeof *samples, by_size);
  printf("@figure median %.6g\n", samples[count / 2] / unit);
  printf("@figure p99 %.6g\n", samples[count * 99 / 100] / unit);
}

static void wait_for(struct lane *lane, uint32_t turn, int sleeping) {
  uint32_t seen;
  while ((seen = atomic_load_explicit(&lane->turn, memory_order_acquire)) != turn) {
    if (sleeping) {
      syscall(SYS_futex, &lane->turn, FUTEX_WAIT, seen, NULL, NULL, 0);
    } else {
      __builtin_ia32_pause();
    }
  }
}

static void pass(struct lane *lane, uint32_t turn, int sleeping) {
  atomic_store_explicit(&lane->turn, turn, memory_order_release);
  if (sleeping) {
    syscall(SYS_futex, &lane->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
  }
}

static void shared_memory(double seconds, size_t size, int sleeping) {
  struct lane *there = mmap(NULL, 2 * sizeof *there, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  struct lane *back = there + 1;
  char buffer[4096] = {0};
  size = size > sizeof buffer ? sizeof buffer : size;
  pid_t child = fork();
  if (child == 0) {
    for (uint32_t turn = 1;; turn++) {
      wait_for(there, turn, sleeping);
      memcpy(buffer, there->bytes, size);
      memcpy(back->bytes, buffer, size);
      pass(back, turn, sleeping);
    }
  }
  double *samples = malloc(MOST * sizeof *samples);
  uint32_t turn = 1;
  for (double until = now() + seconds / 2; now() < until; turn++) {
    pass(there, turn, sleeping);
    wait_for(back, turn, sleeping);
  }
  size_t count = 0;
  for (double until = now() + seconds; now() < until && count < MOST; turn++) {
    double began = now();
    memcpy(there->bytes, buffer, size);
    pass(there, turn, sleeping);
    wait_for(back, turn, sleeping);
    memcpy(buffer, back->bytes, size);
    samples[count++] = now() - began;
  }
  kill(child, 9);
  waitpid(child, NULL, 0);
  figures(samples, count, 1e-6);
}

static void transfer(int from, int to, char *buffer, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t n = read(from, buffer + done, size - done);
    if (n <= 0) {
      _exit(0);
    }
    done += (size_t)n;
  }
  if (write(to, buffer, size) != (ssize_t)size) {
    _exit(1);
  }
}

static void pipes(double seconds, size_t size) {
  int there[2], back[2];
  char buffer[4096] = {0};
  size = size > sizeof buffer ? sizeof buffer : size;
  if (pipe(there) || pipe(back)) {
    perror("pipe");
    exit(1);
  }
  pid_t child = fork();
  if (child == 0) {
    for (;;) {
      transfer(there[0], back[1], buffer, size);
    }
  }
  double *samples = malloc(MOST * sizeof *samples);
  size_t count = 0;
  for (double until = now() + seconds; now() < until && count < MOST;) {
    double began = now();
    if (write(there[1], buffer, size) != (ssize_t)size) {
      exit(1);
    }
    for (size_t done = 0; done < size;) {
      done += (size_t)read(back[0], buffer + done, size - done);
    }
    samples[count++] = now() - began;
  }
  kill(child, 9);
  waitpid(child, NULL, 0);
  figures(samples, count, 1e-6);
}

static void copies(double seconds, size_t size) {
  char *a = malloc(size), *b = malloc(size);
  memset(a, 1, size);
  memset(b, 2, size);
  double samples[4096];
  size_t count = 0;
  for (double until = now() + seconds; now() < until && count < 4096;) {
    double began = now();
    memcpy(a, b, size);
    __asm__ volatile("" : : "r"(a), "r"(b) : "memory");
    memcpy(b, a, size);
    __asm__ volatile("" : : "r"(a), "r"(b) : "memory");
    samples[count++] = now() - began;
  }
  figures(samples, count, 1e-3);
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: floor spin|futex|pipe|memcpy SECONDS SIZE\n");
    return 2;
  }
  double seconds = atof(argv[2]);
  size_t size = (size_t)atoll(argv[3]);
  if (!strcmp(argv[1], "spin") || !strcmp(argv[1], "futex")) {
    shared_memory(seconds, size, argv[1][0] == 'f');
  } else if (!strcmp(argv[1], "pipe")) {
    pipes(seconds, size);
  } else if (!strcmp(argv[1], "memcpy")) {
    copies(seconds, size);
  } else {
    fprintf(stderr, "floor: no measurement is called %s\n", argv[1]);
    return 2;
  }
  return 0;
}
