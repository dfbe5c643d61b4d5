/* vm_fusabi_host.c: plugins in Fusabi: the Host API's functions as the language has them, printing, the terminal's modules. */
#include "base/slice.h"
#include "base/utf8.h"
#include "plugin/data_fusabi.h"
#include "plugin/vm_fusabi.h"
#include "script/fusabi/opcode.h"

#include <assert.h>

/* ---- Functions of the Host API ---- */

/* An error of ours as an exception of the script. */
static rf_fus_value raise_error(rf_fus_vm *vm, rf_code code, const rf_error *error) {
    return code == RF_ENOMEM ? rf_fus_raise_nomem(vm) : rf_fus_raise(vm, "%s", error->message);
}

static bool take_data(rf_plugin_vm *self, rf_fus_value value, rf_pv *arg) {
    rf_error error = { 0 };
    rf_code code = rf_fus_data_out(self->vm, value, &self->args, rf_vm_fusabi_budget(self), &arg->data, &error);
    if (code)
        (void)raise_error(self->vm, code, &error);
    return !code;
}

/* False: raised. */
static bool take_arg(rf_plugin_vm *self, rf_pv_kind kind, rf_fus_value value, rf_pv *arg) {
    arg->kind = kind;
    switch (kind) {
    case RF_PV_BOOL: return rf_fus_expect_bool(self->vm, value, &arg->boolean);
    case RF_PV_INT: return rf_fus_expect_int(self->vm, value, &arg->integer);
    case RF_PV_NUMBER: return rf_fus_expect_number(self->vm, value, &arg->number);
    case RF_PV_TEXT: return rf_fus_expect_text(self->vm, value, &arg->text);
    case RF_PV_DATA: return take_data(self, value, arg);
    case RF_PV_UNIT: break;
    }
    if (value == RF_FUS_UNIT)
        return true;
    (void)rf_fus_raise_type(self->vm, "unit", value);
    return false;
}

/* What the type calls an option is None where the function gives null. */
static rf_fus_value give_data(rf_plugin_vm *self, const rf_api_row *row, const rf_value *data) {
    rf_error error = { 0 };
    rf_fus_value value;
    const rf_slice type = rf_slice_of(row->type);
    bool is_option = rf_slice_ends(type, RF_SLICE(" option"));
    if (is_option && data->kind == RF_NULL)
        return rf_fus_none(self->vm);
    rf_code code = rf_fus_data_in(self->vm, data, rf_slice_ends(type, RF_SLICE(" list")) ? RF_FUS_AS_LISTS : RF_FUS_AS_ARRAYS, &self->args,
                                  &value, &error);
    if (code)
        return raise_error(self->vm, code, &error);
    return is_option ? rf_fus_some(self->vm, value) : value;
}

static rf_fus_value give_result(rf_plugin_vm *self, const rf_api_row *row, const rf_pv *result) {
    switch (result->kind) {
    case RF_PV_BOOL: return rf_fus_of_bool(result->boolean);
    case RF_PV_INT: return rf_fus_int_new(self->vm, result->integer);
    case RF_PV_NUMBER: return rf_fus_of_double(result->number);
    case RF_PV_TEXT: return rf_fus_string_new(self->vm, result->text);
    case RF_PV_DATA: return give_data(self, row, &result->data);
    case RF_PV_UNIT: break;
    }
    return RF_FUS_UNIT;
}

/* All functions of the Host API are this one; the row says which. */
static rf_fus_value call_api(rf_fus_vm *vm, const rf_fus_value *args) {
    const rf_api_row *row = rf_fus_vm_row(vm)->user;
    rf_plugin_vm *self = rf_fus_vm_host(vm)->user;
    rf_pv values[RF_API_PARAMS_MAX], result = { .kind = RF_PV_UNIT };
    rf_error error = { 0 };
    uint32_t count = 0;
    rf_arena_clear(&self->args);
    for (; count < RF_API_PARAMS_MAX && row->params[count].name; count++)
        if (!take_arg(self, row->params[count].kind, args[count], &values[count]))
            return RF_FUS_RAISED;
    if (count == 0 && !take_arg(self, RF_PV_UNIT, args[0], &values[0]))
        return RF_FUS_RAISED;
    if (!self->api)
        return rf_fus_raise(vm, "%s is not available: there is no host", row->name);
    rf_code code = row->call(self->api, values, &result, &error);
    return code ? raise_error(vm, code, &error) : give_result(self, row, &result);
}

/* ---- Registering them ---- */

static bool name_params(rf_plugin_shared *shared, const rf_api_row *row, rf_fus_lib_row *made) {
    rf_slice names = { "", 0 };
    uint32_t count = 0;
    for (; count < RF_API_PARAMS_MAX && row->params[count].name && names.data; count++)
        names = rf_printf_in(&shared->arena, "%.*s%s%s", RF_SLICE_ARG(names), count ? " " : "", row->params[count].name);
    made->params = count ? names.data : "()";
    made->arity = (uint8_t)(count ? count : 1);
    return names.data != NULL;
}

static rf_code register_row(rf_plugin_shared *shared, const rf_api_row *row, rf_fus_lib_row *made, rf_error *reterr) {
    *made = (rf_fus_lib_row){
        .name = row->name, .type = row->type, .doc = row->doc, .example = row->example, .native = call_api, .is_ours = true,
        .needs = row->needs, .user = (void *)(uintptr_t)row, /* read through a const pointer again */
    };
    if (!name_params(shared, row, made))
        return rf_raise_nomem(reterr);
    rf_code code = rf_fus_engine_add_host(shared->engine, made, reterr);
    assert(code == RF_OK || code == RF_ENOMEM); /* the names are ours, and a test looks at them */
    return code;
}

/* Compiled text fits this library only: names and types are resolved and checked when it is compiled. */
static bool make_salt(rf_plugin_shared *shared) {
    uint32_t sum = 0;
    for (size_t i = 0; i < rf_api_row_count; i++)
        sum = sum * 31 + rf_slice_hash(rf_slice_of(rf_api_rows[i].name)) + 7 * rf_slice_hash(rf_slice_of(rf_api_rows[i].type));
    for (size_t i = 0; rf_fus_lib_modules[i]; i++)
        sum = sum * 31 + (uint32_t)rf_fus_lib_modules[i]->count;
    shared->salt = rf_printf_in(&shared->arena, "fusabi " RF_VERSION " fzb 2 entry 1 %d %08x ", (int)RF_FUS_I_COUNT, sum);
    return shared->salt.data != NULL;
}

rf_code rf_vm_fusabi_register(rf_plugin_shared *shared, rf_error *reterr) {
    static const rf_fus_host_case answers[] = { { "Continue", false }, { "Stop", false }, { "Drop", false }, { "Modify", true }, { NULL, false } };
    rf_fus_lib_row *rows = rf_arena_alloc(&shared->arena, (rf_api_row_count + 1) * sizeof *rows);
    if (!rows || !make_salt(shared))
        return rf_raise_nomem(reterr);
    rf_fus_engine_set_cases(shared->engine, answers);
    rf_code code = RF_OK;
    for (size_t i = 0; i < rf_api_row_count && !code; i++)
        code = register_row(shared, &rf_api_rows[i], &rows[i], reterr);
    return code;
}

/* ---- What the library's own modules reach: through the same functions, so that the same quotas hold ---- */

static const rf_api_row *find_row(const char *name) {
    for (size_t i = 0; i < rf_api_row_count; i++)
        if (strcmp(rf_api_rows[i].name, name) == 0)
            return &rf_api_rows[i];
    return NULL;
}

/* A function of the Host API that takes texts and whose result and errors nobody waits for. */
static void call_quietly(rf_plugin_vm *self, const char *name, rf_slice first, rf_slice second, rf_slice third) {
    const rf_api_row *row = self->api ? find_row(name) : NULL;
    const rf_pv args[RF_API_PARAMS_MAX] = {
        { .kind = RF_PV_TEXT, .text = first }, { .kind = RF_PV_TEXT, .text = second }, { .kind = RF_PV_TEXT, .text = third },
    };
    rf_pv result;
    rf_error error;
    rf_code code = row ? row->call(self->api, args, &result, &error) : RF_OK;
    (void)code;
}

/* ---- Printing ---- */

static void log_line(rf_plugin_vm *self, rf_slice text) { call_quietly(self, "Log.info", text, RF_SLICE(""), RF_SLICE("")); }

void rf_vm_fusabi_flush(rf_plugin_vm *self) {
    if (self->line_len)
        log_line(self, (rf_slice){ self->line, self->line_len });
    self->line_len = 0;
}

/* So many of the first `len` bytes of a longer text as end with a whole character. */
static size_t whole_characters(const char *text, size_t len) {
    while (len > 0 && ((uint8_t)text[len] & 0xC0) == 0x80)
        len--;
    return len;
}

/* Adds to the line at hand what has no line end in it. */
static void add_to_line(rf_plugin_vm *self, rf_slice text) {
    while (text.len) {
        size_t room = RF_VM_FUSABI_LINE_MAX - self->line_len;
        size_t part = text.len <= room ? text.len : whole_characters(text.data, room);
        memcpy(self->line + self->line_len, text.data, part);
        self->line_len += (uint32_t)part;
        text = (rf_slice){ text.data + part, text.len - part };
        if (text.len)
            rf_vm_fusabi_flush(self);
    }
}

static bool print(void *user, rf_slice text) {
    rf_plugin_vm *self = user;
    while (text.len) {
        size_t end = rf_slice_find(text, '\n');
        rf_slice part = { text.data, end };
        if (end < text.len && self->line_len == 0) {
            log_line(self, part);
        } else {
            add_to_line(self, part);
            if (end < text.len)
                rf_vm_fusabi_flush(self);
        }
        size_t taken = end < text.len ? end + 1 : end;
        text = (rf_slice){ text.data + taken, text.len - taken };
    }
    return true;
}

static bool flush(void *user) {
    rf_vm_fusabi_flush(user);
    return true;
}

/* ---- The terminal ---- */

static const rf_plugin_host *host_of(void *user) { return ((const rf_plugin_vm *)user)->api->host; }

static rf_slice working_dir(void *user) { return host_of(user)->fact(host_of(user)->user, RF_SLICE("session.directory")); }

static rf_slice window_title(void *user) { return host_of(user)->fact(host_of(user)->user, RF_SLICE("session.title")); }

static rf_slice line(void *user, int64_t index) {
    rf_slice text;
    return host_of(user)->line(host_of(user)->user, index, &text) ? text : (rf_slice){ NULL, 0 };
}

static void size(void *user, int64_t *ret_cols, int64_t *ret_rows) {
    int64_t scrollback;
    host_of(user)->size(host_of(user)->user, ret_cols, ret_rows, &scrollback);
}

static void send_text(void *user, rf_slice text) { call_quietly(user, "Term.send", text, RF_SLICE(""), RF_SLICE("")); }

static void show_toast(void *user, rf_slice text) {
    rf_plugin_vm *self = user;
    call_quietly(self, "Ui.notify", self->api->manifest ? self->api->manifest->name : RF_SLICE("plugin"), text, RF_SLICE("info"));
}

/* Its functions are there for those only who were granted the terminal as a whole. */
static void fill_terminal(rf_plugin_vm *self) {
    const rf_plugin_host *host = self->api->host;
    self->terminal = (rf_fus_terminal){ .user = self, .show_toast = show_toast };
    if (host->fact) {
        self->terminal.working_dir = working_dir;
        self->terminal.window_title = window_title;
    }
    if (host->line)
        self->terminal.line = line;
    if (host->size)
        self->terminal.size = size;
    if (host->send)
        self->terminal.send_text = send_text;
}

rf_fus_host rf_vm_fusabi_host(rf_plugin_vm *self, const rf_fus_program *program, uint32_t capabilities) {
    bool has_terminal = (capabilities & RF_FUS_CAN_TERMINAL) && self->api && self->api->host;
    if (has_terminal)
        fill_terminal(self);
    return (rf_fus_host){
        .capabilities = capabilities,
        .name_rights = rf_plugin_capability_text,
        .write = print,
        .flush = flush,
        .user = self,
        .script_name = program->file_count ? program->files[0].data : "",
        .terminal = has_terminal ? &self->terminal : NULL,
    };
}
