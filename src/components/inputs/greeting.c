/* greeting.c: what an input says first on a connection that it has made. */
#include "components/inputs/greeting.h"

#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

rf_code rf_greeting_open(rf_greeting *greeting, const rf_conf_script *script, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    rf_error error = { 0 };
    greeting->env = env;
    if (script->text.len == 0)
        return RF_OK;
    rf_code code = rf_mapping_compile(script->text, rf_conf_locate, script->node, &greeting->mapping, &error);
    if (code == RF_ECONFIG)
        return rf_conf_report(conf, &error);
    if (!code)
        greeting->state = rf_mapping_state_new(greeting->mapping);
    return greeting->state ? RF_OK : rf_raise_nomem(reterr);
}

/* Empty: `root = deleted()`. */
static rf_code make(rf_greeting *greeting, rf_batch *batch, rf_slice *ret_bytes, rf_error *reterr) {
    bool deleted = false;
    rf_message message = { .payload = rf_text(RF_RAW, RF_SLICE("")) };
    rf_code code = rf_mapping_run(greeting->mapping, greeting->state, batch, &message, &deleted, reterr);
    *ret_bytes = RF_SLICE("");
    return code || deleted ? code : rf_message_bytes(batch, &message, ret_bytes, reterr);
}

/* False: time is up, or it was woken. */
static bool wait_for_room(int fd, const rf_wake *wake, uint64_t until_ns) {
    struct pollfd polls[] = { { .fd = fd, .events = POLLOUT }, { .fd = wake->fd, .events = POLLIN } };
    uint64_t now = rf_clock_mono_ns();
    if (now < until_ns && poll(polls, 2, (int)((until_ns - now) / RF_NS_PER_MS) + 1) < 0)
        return errno == EINTR;
    return now < until_ns && !polls[1].revents;
}

static rf_code send_all(rf_slice bytes, int fd, const rf_wake *wake, uint64_t until_ns, rf_error *reterr) {
    while (bytes.len) {
        ssize_t sent = send(fd, bytes.data, bytes.len, MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes = (rf_slice){ bytes.data + sent, bytes.len - (size_t)sent };
            continue;
        }
        if (errno != EINTR && errno != EAGAIN)
            return rf_raise(reterr, RF_EIO, "%s", strerror(errno));
        if (errno == EAGAIN && !wait_for_room(fd, wake, until_ns))
            return rf_raise(reterr, RF_EIO, "it was not taken in time");
    }
    return RF_OK;
}

rf_code rf_greeting_send(rf_greeting *greeting, int fd, const rf_wake *wake, uint64_t wait_ns, rf_error *reterr) {
    if (!greeting->mapping)
        return RF_OK;
    rf_slice bytes;
    rf_error error = { 0 };
    rf_batch *batch = rf_batch_new(greeting->env->keys);
    rf_code code = batch ? make(greeting, batch, &bytes, &error) : RF_ENOMEM;
    if (!code)
        code = send_all(bytes, fd, wake, rf_clock_mono_ns() + wait_ns, &error);
    rf_batch_free(batch);
    if (code && code != RF_ENOMEM) {
        code = rf_raise(reterr, RF_EIO, "open_message_mapping: %s", error.message);
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    }
    return code == RF_ENOMEM ? rf_raise_nomem(reterr) : code;
}

void rf_greeting_done(rf_greeting *greeting) {
    rf_mapping_state_free(greeting->state);
    rf_mapping_free(greeting->mapping);
    *greeting = (rf_greeting){ 0 };
}
