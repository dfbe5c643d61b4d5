/* demo_server.c: the OPC UA server of `riffle demo`. */
#include "cli/demo_server.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"
#include "cli/demo_nodes.h"

#include <arpa/inet.h>
#include <assert.h>
#include <open62541/server_config_default.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define STEP_MS 50u
#define TRIES 5 /* for a free port that somebody else takes in between */

struct rf_demo_server {
    UA_Server *server;
    UA_Logger logger;
    rf_demo_node *nodes;
    size_t count;
    uint16_t port;
    uint64_t started_ns;
    rf_thread thread;
    atomic_bool stop;
    bool running;
};

/* The demo's own screen is for messages. */
static void say_nothing(void *context, UA_LogLevel level, UA_LogCategory category, const char *message, va_list args) {
    (void)context, (void)level, (void)category, (void)message, (void)args;
}

/* A port that was free a moment ago; 0: none. */
static uint16_t free_port(void) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 && getsockname(fd, (struct sockaddr *)&address, &size) == 0;
    if (fd >= 0)
        (void)close(fd);
    return bound ? ntohs(address.sin_port) : 0;
}

/* The values change between two rounds of the server's loop, not in a timer of it: its timers run under a lock of
 * their own, and writing takes the server's, which others take in the opposite order. */
static void serve(void *context) {
    rf_demo_server *self = context;
    UA_EventLoop *loop = UA_Server_getConfig(self->server)->eventLoop;
    uint64_t due_ns = self->started_ns;
    while (!atomic_load(&self->stop)) {
        uint64_t now_ns = rf_clock_mono_ns();
        if (now_ns >= due_ns) {
            rf_demo_nodes_step(self->server, self->nodes, self->count, (now_ns - self->started_ns) / RF_NS_PER_MS);
            due_ns = now_ns + STEP_MS * RF_NS_PER_MS;
        }
        (void)loop->run(loop, (UA_UInt32)((due_ns - now_ns) / RF_NS_PER_MS + 1));
    }
}

static rf_code failed(UA_StatusCode status, uint16_t port, rf_error *reterr) {
    if (status == UA_STATUSCODE_BADOUTOFMEMORY)
        return rf_raise_nomem(reterr);
    rf_raise(reterr, RF_EIO, "the demo server cannot listen on 127.0.0.1:%u: %s", port, UA_StatusCode_name(status));
    rf_error_hint(reterr, "is the port in use? without --port a free one is taken");
    return RF_EIO;
}

/* Only the loopback address: the server lets anybody in. */
static UA_StatusCode listen_on(UA_ServerConfig *config, uint16_t port) {
    char url[48];
    (void)snprintf(url, sizeof url, "opc.tcp://127.0.0.1:%u", port);
    UA_String text = UA_STRING(url);
    UA_Array_delete(config->serverUrls, config->serverUrlsSize, &UA_TYPES[UA_TYPES_STRING]);
    config->serverUrls = NULL;
    config->serverUrlsSize = 0;
    UA_StatusCode status = UA_Array_copy(&text, 1, (void **)&config->serverUrls, &UA_TYPES[UA_TYPES_STRING]);
    config->serverUrlsSize = status == UA_STATUSCODE_GOOD ? 1 : 0;
    return status;
}

static rf_code make(rf_demo_server *self, rf_error *reterr) {
    UA_ServerConfig config;
    memset(&config, 0, sizeof config);
    config.logging = &self->logger;
    UA_StatusCode status = UA_ServerConfig_setMinimal(&config, self->port, NULL);
    if (status == UA_STATUSCODE_GOOD)
        status = listen_on(&config, self->port);
    config.samplingIntervalLimits.min = STEP_MS;
    config.publishingIntervalLimits.min = STEP_MS;
    if (status == UA_STATUSCODE_GOOD)
        self->server = UA_Server_newWithConfig(&config);
    if (!self->server) {
        UA_ServerConfig_clean(&config);
        return status == UA_STATUSCODE_GOOD ? rf_raise_nomem(reterr) : failed(status, self->port, reterr);
    }
    if (UA_Server_addNamespace(self->server, "urn:riffle:demo:plant") != 2)
        return rf_raise(reterr, RF_EIO, "the demo server has no namespace 2");
    return rf_demo_nodes_add(self->server, self->nodes, self->count, reterr);
}

static rf_code launch(rf_demo_server *self, rf_error *reterr) {
    rf_code code = make(self, reterr);
    if (code)
        return code;
    UA_StatusCode status = UA_Server_run_startup(self->server);
    self->running = status == UA_STATUSCODE_GOOD;
    if (status != UA_STATUSCODE_GOOD)
        return failed(status, self->port, reterr);
    self->started_ns = rf_clock_mono_ns();
    return rf_thread_start(&self->thread, "demo-server", serve, self, reterr);
}

static void tear_down(rf_demo_server *self) {
    atomic_store(&self->stop, true);
    rf_thread_join(&self->thread);
    if (self->running)
        (void)UA_Server_run_shutdown(self->server);
    if (self->server)
        (void)UA_Server_delete(self->server);
    self->server = NULL;
    self->running = false;
    atomic_store(&self->stop, false);
}

static rf_demo_server *server_new(size_t count) {
    rf_demo_server *self = rf_alloc_zero(1, sizeof *self);
    if (!self)
        return NULL;
    self->logger.log = say_nothing;
    self->count = count;
    self->nodes = rf_alloc_zero(count, sizeof *self->nodes);
    if (!self->nodes) {
        rf_free(self);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        rf_demo_node_init(&self->nodes[i], i);
    return self;
}

rf_code rf_demo_server_start(const rf_demo_server_options *options, rf_demo_server **ret_server, rf_error *reterr) {
    assert(options && ret_server);
    rf_demo_server *self = server_new(options->nodes ? options->nodes : RF_DEMO_NODES);
    if (!self)
        return rf_raise_nomem(reterr);
    rf_code code = RF_EIO;
    for (int i = 0; i < (options->port ? 1 : TRIES) && code == RF_EIO; i++) {
        tear_down(self);
        self->port = options->port ? options->port : free_port();
        code = self->port ? launch(self, reterr) : rf_raise(reterr, RF_EIO, "no free port on 127.0.0.1");
    }
    if (code) {
        rf_demo_server_stop(self);
        return code;
    }
    *ret_server = self;
    return RF_OK;
}

uint16_t rf_demo_server_port(const rf_demo_server *server) {
    assert(server);
    return server->port;
}

size_t rf_demo_server_nodes(const rf_demo_server *server) {
    assert(server);
    return server->count;
}

void rf_demo_server_stop(rf_demo_server *server) {
    if (!server)
        return;
    tear_down(server);
    rf_free(server->nodes);
    rf_free(server);
}
