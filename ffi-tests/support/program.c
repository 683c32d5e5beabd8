#include "program.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

struct program program_start(const char *path, const char *first, const char *second) {
    struct program program;
    int to[2], from[2];
    CHECK_EQ(pipe(to), 0);
    CHECK_EQ(pipe(from), 0);
    program.process = fork();
    if (program.process == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        close(to[1]);
        close(from[0]);
        execl(path, path, first, second, (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    program.input = fdopen(to[1], "w");
    program.output = fdopen(from[0], "r");
    CHECK(program.input != NULL && program.output != NULL);
    return program;
}

void program_order(struct program *program, const char *line) {
    CHECK(fprintf(program->input, "%s\n", line) > 0);
    CHECK_EQ(fflush(program->input), 0);
}

const char *program_line_after(struct program *program, const char *start) {
    static char line[256];
    do {
        CHECK(fgets(line, sizeof line, program->output) != NULL);
    } while (strncmp(line, start, strlen(start)) != 0);
    return line + strlen(start);
}

void program_ends_well(struct program *program) {
    int status = -1;
    CHECK_EQ(waitpid(program->process, &status, 0), program->process);
    CHECK_EQ(status, 0);
}
