// A program of C's, with the system's C library, statically linked: threads with mutexes,
// condition variables, barriers and storage of their own; a thread that is cancelled; processes,
// also with memory, mutexes and condition variables in common; a handler. It says a line for each, and ends with 0 if all is as it should be.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 8, ROUNDS = 2000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static long counter, turn;
static __thread long mine;
static volatile sig_atomic_t seen;

static void check(int good, const char *what)
{
	printf("threads: %s %s\n", what, good ? "ok" : "WRONG");
	if (!good)
		exit(1);
}

// count adds to the counter under the mutex, then waits for its turn.
static void *count(void *arg)
{
	long id = (long)arg;
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < ROUNDS; i++) {
		char *p = malloc(100 + i % 1000);
		memset(p, id, 100);
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
		mine += p[99];
		free(p);
	}
	pthread_mutex_lock(&mutex);
	while (turn != id)
		pthread_cond_wait(&turned, &mutex);
	turn++;
	pthread_cond_broadcast(&turned);
	pthread_mutex_unlock(&mutex);
	return (void *)(mine == id * ROUNDS ? id : -1L);
}

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void handler(int sig) { seen = sig; }

int main(void)
{
	pthread_t t[THREADS];
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (long i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, count, (void *)i))
			check(0, "pthread_create");
	for (long i = 0; i < THREADS; i++) {
		void *got;
		if (pthread_join(t[i], &got) || got != (void *)i)
			check(0, "pthread_join");
	}
	check(counter == THREADS * ROUNDS && turn == THREADS, "counting");

	void *end;
	pthread_create(&t[0], NULL, sleeper, NULL);
	pthread_cancel(t[0]);
	check(pthread_join(t[0], &end) == 0 && end == PTHREAD_CANCELED, "cancelling");

	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	check(seen == SIGUSR1, "signals");

	fflush(stdout);
	int fds[2], status;
	char text[6] = "";
	pipe(fds);
	pid_t child = fork();
	if (child == 0) {
		counter = 0;
		_exit(write(fds[1], "child", 5) == 5 ? 7 : 8);
	}
	check(read(fds[0], text, 5) == 5 && !strcmp(text, "child"), "a pipe");
	check(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7 && counter != 0, "fork");
	struct shared {
		pthread_mutex_t mutex;
		pthread_cond_t turned;
		long counter, turn;
	} *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t ma;
	pthread_condattr_t ca;
	pthread_mutexattr_init(&ma);
	pthread_condattr_init(&ca);
	pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED);
	pthread_condattr_setpshared(&ca, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&s->mutex, &ma);
	pthread_cond_init(&s->turned, &ca);
	if ((child = fork()) < 0)
		check(0, "a second fork");
	for (int i = 0; i < ROUNDS; i++) { // in turns with the child
		pthread_mutex_lock(&s->mutex);
		while (s->turn % 2 != (child == 0))
			pthread_cond_wait(&s->turned, &s->mutex);
		s->turn++;
		s->counter += child == 0 ? 2 : 1;
		pthread_cond_signal(&s->turned);
		pthread_mutex_unlock(&s->mutex);
	}
	if (child == 0)
		_exit(0);
	check(waitpid(child, &status, 0) == child && status == 0 && s->counter == 3 * ROUNDS, "shared memory");

	FILE *f = fopen("/tmp/of-c", "w+");
	fprintf(f, "%.3f %s", 355 / 113.0, strerror(ENOENT));
	rewind(f);
	char line[80] = "";
	fgets(line, sizeof line, f);
	check(!strcmp(line, "3.142 No such file or directory"), "a file");
	fflush(f);
	const char *seen_in = mmap(NULL, 100, PROT_READ, MAP_SHARED, fileno(f), 0);
	int before = seen_in[0] == '3';
	pwrite(fileno(f), "4", 1, 0);
	check(before && seen_in[0] == '4', "a file in common");
	return 0;
}
