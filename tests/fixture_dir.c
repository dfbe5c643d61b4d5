/* fixture_dir.c: a directory of a test's own. */
#include "fixture.h"

#include "base/slice.h"

#include <assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

bool rf_fixture_dir_init(rf_fixture_dir *dir) {
    *dir = (rf_fixture_dir){ .path = "/tmp/riffle-test-XXXXXX" };
    return mkdtemp(dir->path) != NULL;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

void rf_fixture_dir_done(rf_fixture_dir *dir) {
    if (dir->path[0])
        (void)nftw(dir->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    rf_buffer_done(&dir->text);
    dir->path[0] = '\0';
}

static int open_in(const rf_fixture_dir *dir, const char *name, int flags) {
    int at = open(dir->path, O_DIRECTORY | O_CLOEXEC), fd;
    if (at < 0)
        return -1;
    fd = openat(at, name, flags | O_CLOEXEC, 0644);
    (void)close(at);
    return fd;
}

bool rf_fixture_dir_write(const rf_fixture_dir *dir, const char *name, rf_slice content) {
    int fd = open_in(dir, name, O_WRONLY | O_CREAT | O_TRUNC);
    bool good = true;
    if (fd < 0)
        return false;
    for (size_t at = 0; good && at < content.len;) {
        ssize_t count = write(fd, content.data + at, content.len - at);
        good = count > 0;
        at += good ? (size_t)count : 0;
    }
    return close(fd) == 0 && good;
}

rf_slice rf_fixture_dir_read(rf_fixture_dir *dir, const char *name) {
    int fd = open_in(dir, name, O_RDONLY);
    char block[4096];
    ssize_t count;
    if (fd < 0)
        return (rf_slice){ 0 };
    rf_buffer_clear(&dir->text);
    while ((count = read(fd, block, sizeof block)) > 0)
        rf_buffer_append(&dir->text, block, (size_t)count);
    (void)close(fd);
    return (rf_slice){ rf_buffer_cstr(&dir->text), dir->text.len };
}

const char *rf_fixture_dir_config(rf_fixture_dir *dir, const char *text) {
    const char *mark;
    assert(dir->path[0]);
    rf_buffer_clear(&dir->text);
    while ((mark = strstr(text, "@DIR@"))) {
        rf_buffer_append(&dir->text, text, (size_t)(mark - text));
        rf_buffer_text(&dir->text, dir->path);
        text = mark + strlen("@DIR@");
    }
    rf_buffer_text(&dir->text, text);
    return rf_buffer_cstr(&dir->text);
}
