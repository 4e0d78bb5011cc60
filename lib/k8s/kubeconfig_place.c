/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kubeconfig_place.h"

#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "base/text.h"

int
evc_kubeconfig_refuse(const evc_kubeconfig_place *place, const evc_yaml *at, int code,
                      const char *why, evc_error **err)
{
    const evc_yaml *line = place->node ? place->node : place->element;

    return evc_err(err, code, "line %" PRIu32 " of the kubeconfig %s, %s \"%s\": %s",
                   evc_yaml_line(at ? at : line), place->path, place->what, place->name,
                   why);
}

int
evc_kubeconfig_told(const evc_kubeconfig_place *place, int rc, evc_error **err)
{
    if (rc != ENVCRYPT_E_YAML || !err || !*err)
        return rc;
    return evc_err(err, rc, "the kubeconfig %s, %s \"%s\": %s", place->path,
                   place->what, place->name, evc_error_message(*err));
}

/* --- members ---------------------------------------------------------------------- */

int
evc_kubeconfig_text(const evc_kubeconfig_place *place, const evc_yaml *map,
                    const char *name, const char **out, evc_error **err)
{
    const char *text = NULL;
    int rc = evc_yaml_text_opt(map, name, &text, err);

    if (rc == 0 && text && *text)
        *out = text;
    return evc_kubeconfig_told(place, rc, err);
}

int
evc_kubeconfig_copy(const evc_kubeconfig_place *place, const evc_yaml *map,
                    const char *name, char **out, evc_error **err)
{
    const char *text = NULL;
    int rc = evc_kubeconfig_text(place, map, name, &text, err);

    return rc || !text ? rc : evc_text_set(out, text, err);
}

int
evc_kubeconfig_bool(const evc_kubeconfig_place *place, const evc_yaml *map,
                    const char *name, bool *out, evc_error **err)
{
    return evc_kubeconfig_told(place, evc_yaml_bool_opt(map, name, out, err), err);
}

int
evc_kubeconfig_list(const evc_kubeconfig_place *place, const evc_yaml *map,
                    const char *name, const evc_yaml **out, evc_error **err)
{
    return evc_kubeconfig_told(place, evc_yaml_list_opt(map, name, out, err), err);
}

int
evc_kubeconfig_map(const evc_kubeconfig_place *place, const evc_yaml *map,
                   const char *name, const evc_yaml **out, evc_error **err)
{
    return evc_kubeconfig_told(place, evc_yaml_map_opt(map, name, out, err), err);
}

int
evc_kubeconfig_item(const evc_kubeconfig_place *place, const evc_yaml *list,
                    size_t index, const char **out, evc_error **err)
{
    const evc_yaml *node = evc_yaml_at(list, index);
    size_t size = 0;
    const char *text = evc_yaml_text(node, &size);

    if (!text || memchr(text, '\0', size))
        return evc_kubeconfig_refuse(place, node, ENVCRYPT_E_KUBECONFIG,
                                     "an element of the list is no text", err);
    *out = text;
    return 0;
}

/* --- paths and data --------------------------------------------------------------- */

int
evc_kubeconfig_resolve(const evc_kubeconfig_place *place, const char *path, char **out,
                       evc_error **err)
{
    bool absolute = path[0] == '/';
    evc_buf text;

    if (!place->folder)
        return evc_kubeconfig_refuse(place, NULL, ENVCRYPT_E_KUBECONFIG,
                                     "it names a file of this host, which a kubeconfig "
                                     "that a service gives must not; give one of your "
                                     "own",
                                     err);
    evc_buf_init(&text);
    evc_buf_put_text(&text, absolute ? "" : place->folder);
    evc_buf_put_text(&text, absolute ? "" : "/");
    evc_buf_put_text(&text, path);
    return evc_text_take(out, &text, err);
}

int
evc_kubeconfig_path(const evc_kubeconfig_place *place, const char *name, char **out,
                    evc_error **err)
{
    const char *path = NULL;
    int rc = evc_kubeconfig_text(place, place->node, name, &path, err);

    return rc || !path ? rc : evc_kubeconfig_resolve(place, path, out, err);
}

/* Appends the text without its line ends. */
static void
put_without_lines(evc_view text, evc_buf *out)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != '\n' && text.data[i] != '\r')
            evc_buf_put_u8(out, text.data[i]);
    }
}

/* Text may stand before it. */
static bool
is_pem(evc_buf *text)
{
    bool is;

    evc_buf_put_u8(text, 0);
    is = !text->failed && strlen((const char *)text->data) == text->size - 1 &&
         strstr((const char *)text->data, "-----BEGIN ");
    evc_buf_truncate(text, text->size - 1);
    return is;
}

static int
decode(evc_view text, evc_buf *out, evc_error **err)
{
    size_t begin = out->size;
    size_t most = text.size / 4 * 3 + 3;
    uint8_t *room = evc_buf_room(out, most);
    size_t size = 0;
    int rc = room ? evc_decode_base64(text, room, most, &size, err)
                  : evc_buf_check(out, err);

    evc_buf_truncate(out, begin + (rc ? 0 : size));
    return rc;
}

int
evc_kubeconfig_data(const evc_kubeconfig_place *place, const char *name, evc_buf *out,
                    bool *found, evc_error **err)
{
    const evc_yaml *at = evc_yaml_get(place->node, name);
    const char *text = NULL;
    char why[96];
    evc_buf lines;
    int rc = evc_kubeconfig_text(place, place->node, name, &text, err);

    *found = rc == 0 && text;
    if (!*found)
        return rc;
    evc_buf_init(&lines);
    put_without_lines(evc_view_text(text), &lines);
    rc = evc_buf_check(&lines, err);
    if (rc == 0)
        rc = decode(evc_buf_view(&lines), out, err);
    evc_buf_reset(&lines);
    evc_buf_init_fixed(&lines, why, sizeof(why));
    evc_buf_put_format(&lines, "%s is no base64 of PEM text", name);
    evc_buf_put_u8(&lines, 0);
    if (rc == ENVCRYPT_E_ENCODING)
        return evc_kubeconfig_refuse(place, at, ENVCRYPT_E_KUBECONFIG, why, err);
    if (rc == 0 && !is_pem(out))
        rc = evc_kubeconfig_refuse(place, at, ENVCRYPT_E_KUBECONFIG, why, err);
    return rc;
}
