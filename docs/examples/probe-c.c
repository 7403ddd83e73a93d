// A server in plain C that tells a probe: cc -o probe-c probe-c.c && ./probe-c PORT
#define _GNU_SOURCE
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static FILE *probe;
static void tell(const char *event, const char *tag, const char *more) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  if (!probe || !*tag) return;
  fprintf(probe, "{\"event\":\"%s\",\"t\":%lld,\"tag\":\"%s\"%s}\n", event, t.tv_sec * 1000000000LL + t.tv_nsec, tag, more);
  fflush(probe);
}
static void serve(int fd) {
  char head[4096] = "", tag[64] = "";
  if (read(fd, head, sizeof head - 1) <= 0) return;
  char *found = strcasestr(head, "x-halfopen-tag: ");
  if (found) sscanf(found + 16, "%63s", tag);
  tell("request", tag, "");
  int left = strstr(head, "GET /finite ") ? 3 : -1;
  dprintf(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
  while (left != 0 && dprintf(fd, "a chunk\n") > 0) left -= left > 0, usleep(20000);
  left ? tell("gone", tag, ",\"reason\":\"write failed\"") : tell("end", tag, "");
  tell("closed", tag, "");
}
int main(int argc, char **argv) {
  if (argc < 2) return 2;
  if (getenv("HALFOPEN_PROBE")) probe = fopen(getenv("HALFOPEN_PROBE"), "a");
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 128)) return 1;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGCHLD, SIG_IGN);
  for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; close(fd))
    if (fork() == 0) serve(fd), _exit(0);
}
