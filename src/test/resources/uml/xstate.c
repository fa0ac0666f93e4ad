/*
 * For processors with more registers than user-mode Linux 6.1 knows (AMX): it writes a process's
 * registers back in 2696 bytes, and Linux takes them only whole. What is missing here is the state
 * of registers that no guest uses, which is all zeros. Loaded by LD_PRELOAD.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

static long (*next)(int, pid_t, void *, void *);

__attribute__((constructor)) static void find(void) {
  next = (long (*)(int, pid_t, void *, void *))dlsym(RTLD_NEXT, "ptrace");
}

/* Lengthens the registers that are set to as many bytes as the processor has. */
static void whole(pid_t process, void *set, struct iovec *registers) {
  static char buffer[1 << 16];
  static size_t size;

  if (size == 0) {
    struct iovec all = {buffer, sizeof buffer};
    if (next(PTRACE_GETREGSET, process, set, &all) != 0)
      return;
    size = all.iov_len;
    memset(buffer, 0, sizeof buffer);
  }
  if (registers->iov_len < size) {
    memcpy(buffer, registers->iov_base, registers->iov_len);
    registers->iov_base = buffer;
    registers->iov_len = size;
  }
}

long ptrace(enum __ptrace_request request, ...) {
  va_list arguments;
  va_start(arguments, request);
  pid_t process = va_arg(arguments, pid_t);
  void *address = va_arg(arguments, void *);
  void *data = va_arg(arguments, void *);
  va_end(arguments);

  if (request == PTRACE_SETREGSET && address == (void *)NT_X86_XSTATE) {
    struct iovec registers = *(struct iovec *)data;
    whole(process, address, &registers);
    return next(request, process, address, &registers);
  }
  return next(request, process, address, data);
}
