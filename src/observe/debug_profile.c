/* debug_profile.c: profiles as answers: pprof's form, flame graphs, folded stacks, and text. */
#include "observe/debug_internal.h"

#include "base/slice.h"
#include "observe/heap_profile.h"
#include "observe/mutex_profile.h"
#include "observe/profile_frames.h"
#include "observe/profile_units.h"

#include <inttypes.h>

enum { SECONDS_MAX = 120, CPU_SECONDS = 30, MUTEX_SECONDS = 10, CPU_HZ = 100, CPU_HZ_MAX = 10000 };

typedef enum form { FORM_PPROF, FORM_FLAME, FORM_FOLDED, FORM_TEXT, FORM_TEXT_LONG } form;

/* How a profile is wanted: ?format=, or Go's ?debug= 1 and 2. Errors: RF_ECONFIG. */
static rf_code read_form(const rf_http_request *request, form *ret_form, rf_error *reterr) {
    static const char *const words[] = { "pprof", "flame", "folded", "text", NULL };
    size_t word;
    uint32_t debug;
    rf_code code = rf_debug_word(request, "format", words, &word, reterr);
    if (!code)
        code = rf_debug_number(request, "debug", 0, 2, 0, &debug, reterr);
    if (!code)
        *ret_form = debug == 2 ? FORM_TEXT_LONG : debug == 1 ? FORM_TEXT : (form)word;
    return code;
}

/* A stack as text: what it is worth, whose it is, and a line a frame. */
static void put_stack(rf_buffer *out, const rf_profile *profile, const rf_profile_stack *stack, const rf_symbols *symbols, bool each) {
    char name[RF_FRAME_NAME_MAX], value[RF_UNITS_MAX];
    rf_frames frames;
    rf_frames_read(stack, symbols, &frames);
    rf_buffer_text(out, "\n");
    if (!each)
        rf_buffer_printf(out, "%s, %" PRIu64 " samples%s", rf_units_value(profile->kind, stack->value, value), stack->samples,
                         stack->thread[0] ? ": " : "");
    rf_buffer_printf(out, stack->thread[0] ? "thread %s" : "%s", stack->thread);
    rf_buffer_printf(out, stack->stage[0] ? " in %s:\n" : ":\n", stack->stage);
    for (uint32_t i = 0; i < frames.count; i++) {
        const rf_frame *frame = &frames.items[i];
        rf_buffer_printf(out, "    %s", rf_frame_name(frame, true, name));
        if (frame->kind == RF_FRAME_NATIVE && frame->file[0] && frame->function[0])
            rf_buffer_printf(out, " %s", frame->file);
        rf_buffer_char(out, '\n');
    }
}

static void put_text(rf_buffer *out, const rf_profile *profile, const rf_symbols *symbols, bool each) {
    uint64_t whole = 0;
    char value[RF_UNITS_MAX];
    for (size_t i = 0; i < profile->count; i++)
        whole += profile->stacks[i].value;
    rf_buffer_printf(out, "%s: %s in %zu stacks\n", profile->kind, rf_units_value(profile->kind, whole, value), profile->count);
    for (size_t i = 0; i < profile->count; i++)
        put_stack(out, profile, &profile->stacks[i], symbols, each);
}

static rf_http_answer write_form(const rf_profile *profile, form wanted, const rf_profile_type *type, const char *file_name,
                                 rf_buffer *out) {
    rf_symbols *symbols = NULL;
    rf_error error;
    rf_http_answer answer = { .status = 200, .content_type = RF_DEBUG_TEXT };
    rf_code code = rf_symbols_open(&symbols, &error);
    if (code)
        return rf_debug_refuse(&error, out);
    if (wanted == FORM_PPROF) {
        answer.content_type = "application/octet-stream";
        answer.file_name = file_name;
        code = rf_pprof_write(profile, type, symbols, out, &error);
    } else if (wanted == FORM_FLAME) {
        answer.content_type = "image/svg+xml";
        rf_flame_write(profile, symbols, "riffle", out);
    } else if (wanted == FORM_FOLDED)
        rf_folded_write(profile, symbols, out);
    else
        put_text(out, profile, symbols, wanted == FORM_TEXT_LONG);
    rf_symbols_close(symbols);
    return code ? rf_debug_refuse(&error, out) : answer;
}

static rf_http_answer gone(rf_buffer *out) {
    rf_buffer_text(out, "ended before its time\n");
    return (rf_http_answer){ .status = 503, .content_type = RF_DEBUG_TEXT };
}

/* For HEAD: what would come, without the wait for it. */
static rf_http_answer only_head(void) { return (rf_http_answer){ .status = 200, .content_type = "application/octet-stream" }; }

rf_http_answer rf_debug_cpu(void *debug, const rf_http_request *request, rf_buffer *out) {
    static const rf_profile_type type = { "cpu", "nanoseconds" };
    rf_http_answer answer;
    rf_error error;
    form wanted = FORM_PPROF;
    uint32_t seconds, hz;
    (void)debug;
    if (!rf_debug_may_read(request, out, &answer))
        return answer;
    if (read_form(request, &wanted, &error) || rf_debug_number(request, "seconds", 1, SECONDS_MAX, CPU_SECONDS, &seconds, &error) ||
        rf_debug_number(request, "hz", 1, CPU_HZ_MAX, CPU_HZ, &hz, &error))
        return rf_debug_refuse(&error, out);
    if (rf_slice_is(request->method, "HEAD"))
        return only_head();
    rf_profiler *profiler = NULL;
    RF_CLEANUP(rf_profile_done) rf_profile profile = { 0 };
    if (rf_profiler_start(hz, &profiler, &error))
        return rf_debug_refuse(&error, out);
    bool whole = rf_debug_wait(request, seconds);
    if (rf_profiler_stop(profiler, &profile, &error))
        return rf_debug_refuse(&error, out);
    return whole ? write_form(&profile, wanted, &type, "cpu.pb.gz", out) : gone(out);
}

static rf_http_answer write_heap(rf_heap_what what, const char *file_name, const rf_http_request *request, rf_buffer *out) {
    rf_http_answer answer;
    rf_error error;
    form wanted = FORM_PPROF;
    if (!rf_debug_may_read(request, out, &answer))
        return answer;
    if (read_form(request, &wanted, &error))
        return rf_debug_refuse(&error, out);
    RF_CLEANUP(rf_heap_profile_done) rf_heap_profile heap;
    if (rf_heap_profile_make(what, &heap, &error))
        return rf_debug_refuse(&error, out);
    rf_profile_type type = rf_heap_profile_type(what);
    return write_form(&heap.profile, wanted, &type, file_name, out);
}

rf_http_answer rf_debug_heap(void *debug, const rf_http_request *request, rf_buffer *out) {
    (void)debug;
    return write_heap(RF_HEAP_HELD, "heap.pb.gz", request, out);
}

rf_http_answer rf_debug_allocs(void *debug, const rf_http_request *request, rf_buffer *out) {
    (void)debug;
    return write_heap(RF_HEAP_ALLOCATED, "allocs.pb.gz", request, out);
}

rf_http_answer rf_debug_threads(void *debug, const rf_http_request *request, rf_buffer *out) {
    static const rf_profile_type type = { "goroutine", "count" };
    rf_http_answer answer;
    rf_error error;
    form wanted = FORM_PPROF;
    (void)debug;
    if (!rf_debug_may_read(request, out, &answer))
        return answer;
    if (read_form(request, &wanted, &error))
        return rf_debug_refuse(&error, out);
    RF_CLEANUP(rf_profile_done) rf_profile profile = { 0 };
    if (rf_profile_threads(&profile, &error))
        return rf_debug_refuse(&error, out);
    return write_form(&profile, wanted, &type, "threads.pb.gz", out);
}

rf_http_answer rf_debug_mutex(void *debug, const rf_http_request *request, rf_buffer *out) {
    static const rf_profile_type type = { "delay", "nanoseconds" };
    rf_http_answer answer;
    rf_error error;
    form wanted = FORM_PPROF;
    uint32_t seconds;
    (void)debug;
    if (!rf_debug_may_read(request, out, &answer))
        return answer;
    if (read_form(request, &wanted, &error) || rf_debug_number(request, "seconds", 1, SECONDS_MAX, MUTEX_SECONDS, &seconds, &error))
        return rf_debug_refuse(&error, out);
    if (rf_slice_is(request->method, "HEAD"))
        return only_head();
    rf_mutex_profiler *profiler = NULL;
    if (rf_mutex_profiler_start(&profiler, &error))
        return rf_debug_refuse(&error, out);
    bool whole = rf_debug_wait(request, seconds);
    RF_CLEANUP(rf_mutex_profile_done) rf_mutex_profile mutex;
    if (rf_mutex_profiler_stop(profiler, &mutex, &error))
        return rf_debug_refuse(&error, out);
    return whole ? write_form(&mutex.profile, wanted, &type, "mutex.pb.gz", out) : gone(out);
}
