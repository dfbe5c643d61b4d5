/* client_box.c: the palette, lists and menus of plugins over an attached session. */
#include "terminal/client_internal.h"

#include "base/slice.h"
#include "message/json.h"
#include "terminal/frame.h"
#include "terminal/params.h"

#include <string.h>

/* What the client itself does, in the palette; items of no plugin. */
#define OWN "{\"id\":\"detach\",\"label\":\"Detach\",\"description\":\"the session goes on\"}," \
            "{\"id\":\"scroll\",\"label\":\"Scroll\",\"description\":\"look through the scrollback\"}," \
            "{\"id\":\"redraw\",\"label\":\"Redraw\",\"description\":\"the screen, anew\"}"
#define OWN_EVENT "{\"title\":\"commands\",\"commands\":[" OWN "]}"

static rf_code open_now(rf_client_state *client, rf_box_kind kind, rf_slice json, rf_error *reterr) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 2048);
    rf_value event;
    rf_code code = rf_json_parse(&arena, json, RF_JSON_DOUBLES, &event, reterr);
    if (!code)
        code = rf_box_new(kind, &event, &client->box, reterr);
    client->box_stale = client->box != NULL;
    client->bindings.pending[0] = '\0';
    return code;
}

void rf_client_open_palette(rf_client_state *client) {
    rf_error error;
    if (client->box)
        return;
    if (open_now(client, RF_BOX_PALETTE, RF_SLICE(OWN_EVENT), &error))
        rf_client_notice(client, RF_NOTICE_ERROR, "the palette cannot be opened: %s", error.message);
    else
        rf_client_order(client, "commands");
}

rf_code rf_client_open_box(rf_client_state *client, rf_box_kind kind, rf_slice json, rf_error *reterr) {
    if (!client->box)
        return open_now(client, kind, json, reterr);
    if (client->waiting_count == RF_CLIENT_WAITING_MAX) {
        rf_client_notice(client, RF_NOTICE_WARNING, "a plugin's question was dropped: %u wait already", RF_CLIENT_WAITING_MAX);
        return RF_OK;
    }
    rf_client_waiting *waiting = &client->waiting[client->waiting_count];
    *waiting = (rf_client_waiting){ .kind = kind };
    rf_buffer_slice(&waiting->event, json);
    if (waiting->event.failed) {
        rf_buffer_done(&waiting->event);
        return rf_raise_nomem(reterr);
    }
    client->waiting_count++;
    return RF_OK;
}

/* Those of plugins first, then ours. An answer that comes when the palette has been closed is of no use. */
rf_code rf_client_commands(rf_client_state *client, const rf_value *event, rf_arena *arena, rf_error *reterr) {
    rf_value own;
    uint32_t count, own_count;
    if (!client->box || rf_box_kind_of(client->box) != RF_BOX_PALETTE)
        return RF_OK;
    rf_code code = rf_json_parse(arena, RF_SLICE(OWN_EVENT), RF_JSON_DOUBLES, &own, reterr);
    if (code)
        return code;
    const rf_value *items = rf_answer_list(event, "commands", &count), *own_items = rf_answer_list(&own, "commands", &own_count);
    rf_value *all = rf_arena_zero(arena, (size_t)count + own_count, sizeof *all);
    rf_member *members = rf_arena_zero(arena, 2, sizeof *members);
    if (!all || !members)
        return rf_raise_nomem(reterr);
    memcpy(all, count ? items : own_items, count * sizeof *all);
    memcpy(all + count, own_items, own_count * sizeof *all);
    members[0] = (rf_member){ RF_SLICE("title"), rf_string(RF_SLICE("commands")) };
    members[1] = (rf_member){ RF_SLICE("commands"), { .kind = RF_LIST, .size = count + own_count, .items = all } };
    client->box_stale = true;
    return rf_box_set_items(client->box, &(rf_value){ .kind = RF_MAP, .size = 2, .members = members }, reterr);
}

static void open_next(rf_client_state *client) {
    rf_error error;
    while (!client->box && client->waiting_count) {
        rf_client_waiting first = client->waiting[0];
        client->waiting_count--;
        memmove(client->waiting, client->waiting + 1, client->waiting_count * sizeof *client->waiting);
        if (open_now(client, first.kind, rf_buffer_view(&first.event), &error))
            rf_client_notice(client, RF_NOTICE_ERROR, "a plugin's question cannot be shown: %s", error.message);
        rf_buffer_done(&first.event);
    }
}

/* Wiped away first: the terminal may be larger than what the session fills. */
static void close_box(rf_client_state *client) {
    rf_box_free(client->box);
    client->box = NULL;
    rf_client_put(client, RF_SLICE("\033[0m\033[2J"));
    client->line_stale = true;
    rf_client_order(client, "redraw");
    open_next(client);
}

static void pick(rf_client_state *client, const rf_box_choice *choice) {
    RF_CLEANUP(rf_buffer_done) rf_buffer json = { 0 };
    rf_slice order;
    rf_params_text(&json, "order", RF_SLICE("pick"));
    rf_params_text(&json, "plugin", choice->plugin);
    rf_params_text(&json, "id", choice->id);
    if (rf_params_end(&json, &order))
        rf_client_frame(client, RF_FRAME_ORDER, order);
    else
        rf_client_notice(client, RF_NOTICE_ERROR, "out of memory: the choice was not sent");
}

typedef enum own_order { OWN_NONE, OWN_DETACH, OWN_SCROLL } own_order;

/* Before the box is closed, for the choice is a view of it. "redraw" comes with the closing. */
static own_order choose(rf_client_state *client) {
    rf_box_choice choice;
    if (!rf_box_chosen(client->box, &choice))
        return OWN_NONE;
    if (choice.plugin.len || rf_box_kind_of(client->box) != RF_BOX_PALETTE) {
        pick(client, &choice);
        return OWN_NONE;
    }
    return rf_slice_is(choice.id, "detach") ? OWN_DETACH : rf_slice_is(choice.id, "scroll") ? OWN_SCROLL : OWN_NONE;
}

void rf_client_box_key(rf_client_state *client, const rf_typed_token *token) {
    own_order own = OWN_NONE;
    rf_box_answer answer = rf_box_key(client->box, token->name, token->bytes);
    client->box_stale = true;
    if (answer == RF_BOX_STAYS)
        return;
    if (answer == RF_BOX_CHOSEN)
        own = choose(client);
    close_box(client);
    if (own == OWN_DETACH)
        rf_client_detach(client);
    if (own == OWN_SCROLL)
        rf_client_scroll_mode(client, true);
}

void rf_client_free_boxes(rf_client_state *client) {
    rf_box_free(client->box);
    client->box = NULL;
    for (size_t i = 0; i < client->waiting_count; i++)
        rf_buffer_done(&client->waiting[i].event);
    client->waiting_count = 0;
}
