/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_access.h"

#include <string.h>

#include "base/encode.h"
#include "cloud/ibm_ask.h"
#include "cloud/ibm_errors.h"
#include "cloud/ibm_fetch.h"

#define CONTROLLER "https://resource-controller.cloud.ibm.com"
#define PRIVATE_CONTROLLER "https://private.resource-controller.cloud.ibm.com"

static const evc_operation_kind get_instance = {.name = "get resource instance",
                                                .build = evc_ibm_ask_build,
                                                .read = evc_ibm_ask_read};

/* --- what a URI names --- */

static int
refuse_uri(const char *why, evc_view part, evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(part, shown);
    return evc_err(err, ENVCRYPT_E_URI,
                   "\"%s\" %s; the forms are ibm-kp:///crn:v1:...:key:ID and "
                   "ibm-kp://HOST-OR-REGION/INSTANCE/KEY",
                   shown, why);
}

static int
place_of_crn(evc_view text, evc_ibm_place *out, evc_error **err)
{
    evc_ibm_crn crn;

    if (!evc_ibm_crn_parse(text, &crn))
        return refuse_uri("is not the CRN of a key or an instance of Key Protect or "
                          "Hyper Protect Crypto Services",
                          text, err);
    *out = (evc_ibm_place){.region = crn.region,
                           .service = crn.service,
                           .kind = crn.kind,
                           .instance = crn.instance,
                           .key = crn.key,
                           .crn = text};
    return 0;
}

static int
place_of_parts(const evc_uri *uri, evc_ibm_place *out, evc_error **err)
{
    evc_view authority = evc_view_text(uri->authority);
    evc_cursor c = evc_cursor_of_view(evc_view_text(uri->path));

    *out = (evc_ibm_place){.service = evc_view_text(EVC_IBM_KEY_PROTECT),
                           .kind = evc_view_text("public")};
    if (strpbrk(uri->authority, ".:["))
        out->host = uri->authority;
    else if (evc_ibm_is_region(authority))
        out->region = authority;
    else
        return refuse_uri("is neither a host nor a Region", authority, err);
    (void)evc_cursor_until(&c, '/'); /* before the first slash */
    out->instance = evc_cursor_until(&c, '/');
    out->key = evc_cursor_until(&c, '/');
    if (evc_cursor_left(&c) > 0)
        return refuse_uri("has more parts than instance and key",
                          evc_view_text(uri->path), err);
    if (out->instance.size && !evc_ibm_is_token(out->instance))
        return refuse_uri("is not the id of an instance", out->instance, err);
    if (out->key.size && (!out->instance.size || !evc_ibm_is_token(out->key)))
        return refuse_uri("is not the id or alias of a key", out->key, err);
    return 0;
}

int
evc_ibm_place_of(const evc_uri *uri, evc_ibm_place *out, evc_error **err)
{
    if (uri->fragment)
        return refuse_uri("stands behind a #, which such a URI does not have",
                          evc_view_text(uri->fragment), err);
    if (uri->authority[0])
        return place_of_parts(uri, out, err);
    if (uri->path[0] != '/')
        return refuse_uri("names nothing", evc_view_text(uri->path), err);
    return place_of_crn(evc_view_text(&uri->path[1]), out, err);
}

/* --- credentials --- */

static int
read_options(evc_ibm_access *access, const evc_uri *uri,
             const struct envcrypt_kms_config *config, evc_error **err)
{
    int rc = evc_link_of(uri, config, &access->link, err);

    access->endpoint = evc_backend_option(uri, config, "endpoint");
    access->ring = evc_backend_option(uri, config, "key-ring");
    access->controller = evc_backend_option(uri, config, "resource-controller");
    if (!rc)
        rc = evc_link_flag(uri, config, "private", &access->is_private, err);
    if (!rc)
        rc = evc_link_flag(uri, config, "find-endpoint", &access->find, err);
    if (!rc)
        rc = evc_link_number(uri, config, "private-port", UINT16_MAX,
                             &access->private_port, err);
    if (!rc && access->private_port && !access->is_private)
        rc =
            evc_err(err, ENVCRYPT_E_ARGUMENT,
                    "the option private-port of a key is of the private endpoint; give "
                    "private=true too");
    if (!rc && access->ring && !evc_ibm_is_token(evc_view_text(access->ring)))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "the option key-ring of a key is not the id of a key ring");
    if (!access->controller)
        access->controller = access->is_private ? PRIVATE_CONTROLLER : CONTROLLER;
    return rc;
}

/* Those of the caller, or the chain of environment and files. */
static int
open_chain(evc_ibm_access *access, const struct envcrypt_kms_config *config,
           evc_error **err)
{
    if (!config || !config->credentials)
        return evc_ibm_chain_open(access->config, &access->chain, err);
    if (strcmp(evc_chain_provider(config->credentials), "ibm") != 0)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the credentials that were given for an ibm-kp:// key are of "
                       "\"%s\"",
                       evc_chain_provider(config->credentials));
    access->chain = evc_chain_ref(config->credentials);
    return 0;
}

int
evc_ibm_access_open(evc_ibm_access *access, evc_net *net, const evc_uri *uri,
                    const struct envcrypt_kms_config *config, evc_error **err)
{
    evc_ibm_options options = {
        .iam_url = evc_backend_option(uri, config, "iam-url"),
        .is_private = evc_backend_option(uri, config, "private"),
        .profile_id = evc_backend_option(uri, config, "profile-id"),
        .profile_name = evc_backend_option(uri, config, "profile-name"),
        .profile_crn = evc_backend_option(uri, config, "profile-crn"),
        .sources = evc_backend_option(uri, config, "credentials"),
    };
    int rc;

    *access = (evc_ibm_access){.net = net};
    rc = read_options(access, uri, config, err);
    options.link = access->link;
    if (!rc)
        rc = evc_ibm_config_open(net, &options, &access->config, err);
    if (!rc)
        rc = open_chain(access, config, err);
    if (rc)
        evc_ibm_access_close(access);
    return rc;
}

void
evc_ibm_access_close(evc_ibm_access *access)
{
    evc_chain_unref(access->chain);
    evc_ibm_config_unref(access->config);
    access->chain = NULL;
    access->config = NULL;
}

/* --- endpoints --- */

int
evc_ibm_access_peer(const evc_ibm_access *access, const char *url, evc_peer **out,
                    evc_error **err)
{
    evc_endpoint *endpoint = NULL;
    int rc = evc_endpoint_open(url, &access->link, &endpoint, err);

    *out = NULL;
    if (!rc)
        rc = evc_ibm_peer_open(access->net, endpoint, "ibm-kp", access->chain,
                               evc_ibm_classify, out, err);
    evc_endpoint_unref(endpoint);
    if (rc)
        return rc;
    /* How IBM's own client waits between attempts. Nobody else has the peer yet. */
    (*out)->retry.base_ms = 1000;
    (*out)->retry.cap_ms = 30000;
    return 0;
}

static int
read_endpoint(const evc_ibm_access *access, const evc_json *root, const char *instance,
              evc_buf *out, evc_error **err)
{
    const evc_json *extensions = NULL;
    const char *guid = NULL;
    const char *url = NULL;
    int rc = evc_ibm_reply_check(evc_json_text(root, "guid", &guid, err), err);

    if (rc)
        return rc;
    if (strcmp(guid, instance) != 0)
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the resource controller showed another instance than \"%s\"",
                       instance);
    if (!evc_json_object(root, "extensions", &extensions, NULL))
        url = evc_ibm_reply_inner(extensions, "endpoints",
                                  access->is_private ? "private" : "public");
    if (!url || !url[0])
        return evc_err(err, ENVCRYPT_E_ENDPOINT,
                       "the resource controller knows no %s endpoint of the instance "
                       "\"%s\"; give the option endpoint",
                       access->is_private ? "private" : "public", instance);
    if (!strstr(url, "://"))
        evc_buf_put_text(out, "https://");
    evc_buf_put_text(out, url);
    return 0;
}

static int
ask_controller(const evc_ibm_access *access, evc_view instance, evc_wait *wait,
               evc_buf *out, evc_error **err)
{
    char id[256];
    evc_buf text;
    evc_ibm_ask ask = {.kind = &get_instance,
                       .method = "GET",
                       .base = "/v2",
                       .path = {"resource_instances", id},
                       .subject = id};
    int rc;

    evc_buf_init_fixed(&text, id, sizeof(id));
    evc_buf_put_view(&text, instance);
    evc_buf_put_u8(&text, 0);
    rc = evc_ibm_access_peer(access, access->controller, &ask.peer, err);
    if (!rc)
        rc = evc_ibm_ask_run(&ask, wait, err);
    if (!rc && !ask.doc)
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                     "the resource controller said nothing of the instance \"%s\"", id);
    if (!rc)
        rc = read_endpoint(access, evc_json_root(ask.doc), id, out, err);
    evc_ibm_ask_reset(&ask);
    evc_peer_unref(ask.peer);
    return rc;
}

/* Of Key Protect, which has one host a Region. */
static void
put_regional(const evc_ibm_access *access, evc_view region, evc_buf *out)
{
    evc_buf_put_text(out, access->is_private ? "https://private." : "https://");
    evc_buf_put_view(out, region);
    evc_buf_put_text(out, ".kms.cloud.ibm.com");
    if (access->private_port)
        evc_buf_put_format(out, ":%u", (unsigned int)access->private_port);
}

/* Who may not be told of a port goes on without: what follows says what is wrong. */
static bool
tells_no_port(int code)
{
    return code == ENVCRYPT_E_DENIED || code == ENVCRYPT_E_AUTH ||
           code == ENVCRYPT_E_KEY_NOT_FOUND || code == ENVCRYPT_E_REQUEST_REFUSED ||
           code == ENVCRYPT_E_UNSUPPORTED;
}

/* The private endpoint at a URL, or at the port that a policy of the instance demands. */
static int
put_at_port(const evc_ibm_access *access, const char *url, evc_view instance,
            evc_wait *wait, evc_buf *out, evc_error **err)
{
    char id[256];
    evc_ibm_target target = {id, NULL};
    const evc_endpoint *endpoint;
    evc_peer *peer = NULL;
    uint16_t port = 0;
    evc_buf text;
    int rc;

    evc_buf_init_fixed(&text, id, sizeof(id));
    evc_buf_put_view(&text, instance);
    evc_buf_put_u8(&text, 0);
    rc = evc_ibm_access_peer(access, url, &peer, err);
    if (rc)
        return rc;
    rc = evc_ibm_fetch_port(peer, &target, wait, &port, err);
    if (rc && tells_no_port(rc)) {
        evc_err_drop(err);
        rc = 0;
    }
    endpoint = peer->endpoint;
    if (port)
        evc_buf_put_format(out, "%s://%s:%u%s", endpoint->scheme, endpoint->host,
                           (unsigned int)port, endpoint->path);
    else
        evc_buf_put_text(out, url);
    evc_peer_unref(peer);
    return rc;
}

/* What nobody named. */
static int
find_private(const evc_ibm_access *access, const evc_ibm_place *place, bool shared,
             evc_wait *wait, evc_buf *out, evc_error **err)
{
    evc_buf url;
    int rc = 0;

    evc_buf_init(&url);
    if (shared)
        put_regional(access, place->region, &url);
    else
        rc = ask_controller(access, place->instance, wait, &url, err);
    evc_buf_put_u8(&url, 0);
    if (!rc)
        rc = evc_buf_check(&url, err);
    if (!rc)
        rc = put_at_port(access, (const char *)url.data, place->instance, wait, out,
                         err);
    evc_buf_reset(&url);
    return rc;
}

/* Only Key Protect knows such policies. */
static bool
may_have_port(const evc_ibm_access *access, const evc_ibm_place *place)
{
    return access->is_private && !access->private_port && place->instance.size &&
           evc_view_is_text(place->service, EVC_IBM_KEY_PROTECT);
}

int
evc_ibm_access_find(const evc_ibm_access *access, const evc_ibm_place *place,
                    evc_wait *wait, evc_buf *out, evc_error **err)
{
    const char *configured = evc_ibm_service_url(access->config);
    bool shared = evc_view_is_text(place->service, EVC_IBM_KEY_PROTECT) &&
                  evc_view_is_text(place->kind, "public") && !access->find;
    int rc = 0;

    if (access->endpoint) {
        evc_buf_put_text(out, access->endpoint);
    } else if (place->host) {
        evc_buf_put_text(out, "https://");
        evc_buf_put_text(out, place->host);
    } else if (configured) {
        evc_buf_put_text(out, configured);
    } else if (may_have_port(access, place)) {
        rc = find_private(access, place, shared, wait, out, err);
    } else if (shared) {
        put_regional(access, place->region, out);
    } else if (place->instance.size == 0) {
        rc = evc_err(err, ENVCRYPT_E_URI,
                     "the endpoint of an instance is wanted, and the URI names none");
    } else {
        rc = ask_controller(access, place->instance, wait, out, err);
    }
    evc_buf_put_u8(out, 0);
    return rc ? rc : evc_buf_check(out, err);
}
