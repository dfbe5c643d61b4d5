/* output_style.c: which tokens stand in a line and which end it; colours and hyperlink in effect. */
#include "terminal/output_internal.h"

#include "base/slice.h"

#include <assert.h>

static rf_output_role role_of_control(char control) {
    switch (control) {
    case '\t': return RF_ROLE_TEXT;
    case '\b':
    case '\n':
    case '\v':
    case '\f':
    case '\r':
    case 0x05: /* ENQ is answered */
    case 0x18:
    case 0x1A: /* terminals may draw these two */
        return RF_ROLE_BOUNDARY;
    default: return RF_ROLE_WITHIN; /* BEL, SO, SI, and what is ignored: NUL, DEL, … */
    }
}

/* Modes but those that switch the screen or move the cursor. */
static bool is_harmless_mode(const rf_escape_token *token) {
    if (token->marker != '?' || token->intermediate || (token->final != 'h' && token->final != 'l'))
        return false;
    for (uint32_t i = 0; i < token->param_count; i++) {
        uint32_t mode = token->params[i];
        if (mode == 3 || mode == 6 || mode == 40 || mode == 47 || mode == 69 || (mode >= 1047 && mode <= 1049))
            return false;
    }
    return token->param_count < RF_ESCAPE_PARAMS_MAX; /* else some may have been left out */
}

static rf_output_role role_of_csi(const rf_escape_token *token) {
    bool plain = !token->marker && !token->intermediate;
    if (token->final == 'm' && !token->intermediate)
        return plain ? RF_ROLE_STYLE : RF_ROLE_WITHIN; /* with a marker it is about keys */
    if (token->final == 'K' && plain && rf_escape_param(token, 0, 0) == 0)
        return RF_ROLE_WITHIN;
    if (token->final == 'q' && token->intermediate == ' ')
        return RF_ROLE_WITHIN;
    return is_harmless_mode(token) ? RF_ROLE_WITHIN : RF_ROLE_BOUNDARY;
}

static rf_output_role role_of_sequence(const rf_escape_token *token) {
    char by = token->intermediate;
    if (by == '(' || by == ')' || by == '*' || by == '+') /* character sets: terminfo puts them among the colours */
        return RF_ROLE_WITHIN;
    return !by && (token->final == '=' || token->final == '>' || token->final == '\\') ? RF_ROLE_WITHIN : RF_ROLE_BOUNDARY;
}

rf_output_role rf_output_role_of(const rf_escape_token *token) {
    assert(token);
    if (token->raw.len > RF_OUTPUT_LINE_MAX)
        return token->kind == RF_ESCAPE_TEXT ? RF_ROLE_TEXT : RF_ROLE_BOUNDARY;
    switch (token->kind) {
    case RF_ESCAPE_TEXT: return RF_ROLE_TEXT;
    case RF_ESCAPE_CONTROL: return role_of_control(token->final);
    case RF_ESCAPE_CSI: return role_of_csi(token);
    case RF_ESCAPE_SEQUENCE: return role_of_sequence(token);
    case RF_ESCAPE_OSC: return rf_slice_starts(token->text, RF_SLICE("8;")) ? RF_ROLE_STYLE : RF_ROLE_BOUNDARY;
    case RF_ESCAPE_STRING:
    case RF_ESCAPE_BROKEN: break;
    }
    return RF_ROLE_BOUNDARY;
}

static void note_link(rf_style *style, const rf_escape_token *token) {
    rf_slice text = token->text; /* 8;parameters;address */
    bool ends = text.len && text.data[text.len - 1] == ';';
    bool fits = token->raw.len <= sizeof style->link;
    style->link_len = ends || !fits ? 0 : (uint16_t)token->raw.len;
    if (style->link_len)
        memcpy(style->link, token->raw.data, token->raw.len);
}

/* Makes room by forgetting the oldest sequences. */
static void forget(rf_style *style, size_t need) {
    size_t at = 0;
    while (at < style->sgr_len && style->sgr_len - at + need > sizeof style->sgr)
        for (at++; at < style->sgr_len && style->sgr[at] != 0x1B; at++)
            ;
    style->sgr_len = (uint16_t)(style->sgr_len - at);
    memmove(style->sgr, style->sgr + at, style->sgr_len);
}

void rf_style_note(rf_style *style, const rf_escape_token *token) {
    assert(style && token);
    if (token->kind == RF_ESCAPE_OSC) {
        note_link(style, token);
        return;
    }
    if (rf_escape_param(token, 0, 0) == 0)
        style->sgr_len = 0;
    if (token->param_count <= 1 && rf_escape_param(token, 0, 0) == 0)
        return;
    if (token->raw.len > sizeof style->sgr)
        return;
    forget(style, token->raw.len);
    memcpy(style->sgr + style->sgr_len, token->raw.data, token->raw.len);
    style->sgr_len = (uint16_t)(style->sgr_len + token->raw.len);
}
