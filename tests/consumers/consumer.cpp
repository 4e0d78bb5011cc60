/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The headers from C++17: handles as unique pointers, errors as exceptions, a lambda that
 * serves a key service. Exits with 0 when all of it holds.
 */
#include <envcrypt/envcrypt.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace
{

template <auto Free>
struct deleter {
    template <typename T>
    void operator()(T *object) const
    {
        Free(object);
    }
};

template <typename T, auto Free>
using handle = std::unique_ptr<T, deleter<Free>>;

using client = handle<envcrypt_client, envcrypt_client_unref>;
using kms = handle<envcrypt_kms, envcrypt_kms_unref>;
using keyring = handle<envcrypt_keyring, envcrypt_keyring_unref>;
using keyring_config = handle<envcrypt_keyring_config, envcrypt_keyring_config_free>;
using buffer = handle<envcrypt_buffer, envcrypt_buffer_free>;
using context = handle<envcrypt_context, envcrypt_context_free>;
using config = handle<envcrypt_message_config, envcrypt_message_config_free>;
using error_handle = handle<envcrypt_error, envcrypt_error_free>;

struct failure : std::runtime_error {
    explicit failure(const envcrypt_error *error)
        : std::runtime_error(envcrypt_error_message(error)),
          error_class(envcrypt_error_class(error)), code(envcrypt_error_code(error)),
          cause(envcrypt_error_code(envcrypt_error_cause(error)))
    {
    }
    int32_t error_class;
    int32_t code;
    int32_t cause;
};

/* Calls with the error pointer as the last argument; throws what it stores. */
template <typename Call>
void check(Call call)
{
    envcrypt_error *error = nullptr;
    if (call(&error) != 0)
        throw failure(error_handle(error).get());
}

/* An object that a call makes through its out-parameter. */
template <typename Handle, typename Call>
Handle make(Call call)
{
    typename Handle::pointer out = nullptr;
    check([&](envcrypt_error **err) { return call(&out, err); });
    return Handle(out);
}

keyring keyring_of(const client &c, const kms &key)
{
    auto settings = make<keyring_config>(envcrypt_keyring_config_new);
    check([&](auto err) {
        return envcrypt_keyring_config_set_generator(settings.get(), key.get(), err);
    });
    return make<keyring>([&](auto out, auto err) {
        return envcrypt_keyring_open(c.get(), settings.get(), out, err);
    });
}

keyring aes_keyring(const client &c, char fill)
{
    const std::string key(32, fill);
    return keyring_of(c, make<kms>([&](auto out, auto err) {
                          return envcrypt_kms_open_raw_aes(c.get(), "consumer", "key",
                                                           key.data(), key.size(), out, err);
                      }));
}

std::string text(const buffer &b)
{
    return {static_cast<const char *>(envcrypt_buffer_data(b.get())),
            envcrypt_buffer_size(b.get())};
}

std::string encrypt(const keyring &k, const config &s, std::string_view plain)
{
    return text(make<buffer>([&](auto out, auto err) {
        return envcrypt_encrypt(k.get(), s.get(), plain.data(), plain.size(), nullptr, out,
                                err);
    }));
}

std::string decrypt(const keyring &k, const config &s, const std::string &message)
{
    return text(make<buffer>([&](auto out, auto err) {
        return envcrypt_decrypt(k.get(), s.get(), message.data(), message.size(), nullptr,
                                out, nullptr, err);
    }));
}

config config_with_context()
{
    auto pairs = make<context>(envcrypt_context_new);
    check([&](auto err) {
        return envcrypt_context_add(pairs.get(), "purpose", "consumer", err);
    });
    auto settings = make<config>(envcrypt_message_config_new);
    check([&](auto err) {
        return envcrypt_message_config_set_context(settings.get(), pairs.get(), err);
    });
    return settings;
}

using service = std::function<void(envcrypt_call *)>;

extern "C" void serve(envcrypt_call *call, void *user)
{
    (*static_cast<service *>(user))(call);
}

extern "C" void destroy(void *user)
{
    delete static_cast<service *>(user);
}

keyring custom_keyring(const client &c, service function)
{
    auto user = std::make_unique<service>(std::move(function));
    auto key = make<kms>([&](auto out, auto err) {
        return envcrypt_kms_open_custom(c.get(), "acme", "key-1",
                                        ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP, serve,
                                        user.get(), destroy, out, err);
    });
    (void)user.release(); // the key's, now that it is open
    return keyring_of(c, key);
}

/* Hides nothing: it turns each byte over. */
void turn_over(envcrypt_call *call)
{
    size_t size = 0;
    auto in = static_cast<const unsigned char *>(envcrypt_call_input(call, &size));
    std::vector<unsigned char> out(in, in + size);
    for (auto &byte : out)
        byte = static_cast<unsigned char>(byte ^ 0xff);
    check([&](auto err) {
        return envcrypt_call_operation(call) == ENVCRYPT_OP_WRAP
                   ? envcrypt_call_set_wrapped(call, out.data(), out.size(), err)
                   : envcrypt_call_set_key(call, out.data(), out.size(), err);
    });
    envcrypt_call_finish(call, 0, nullptr, nullptr);
}

bool tells_a_wrong_key(const keyring &good, const keyring &other, const config &settings)
{
    try {
        decrypt(other, settings, encrypt(good, settings, "plain"));
    } catch (const failure &f) {
        return f.error_class == ENVCRYPT_CLASS_WRONG_KEY && f.code == ENVCRYPT_E_NO_KEY &&
               f.cause == ENVCRYPT_E_UNWRAP;
    }
    return false;
}

} // namespace

int main()
{
    const auto c = make<client>(
        [](auto out, auto err) { return envcrypt_client_open(nullptr, out, err); });
    const auto settings = config_with_context();
    const auto first = aes_keyring(c, 'a');
    const auto second = aes_keyring(c, 'b');
    int calls = 0;
    const auto custom = custom_keyring(c, [&](envcrypt_call *call) {
        calls++;
        turn_over(call);
    });

    if (decrypt(first, settings, encrypt(first, settings, "plain")) != "plain")
        return 1;
    if (!tells_a_wrong_key(first, second, settings))
        return 2;
    if (decrypt(custom, settings, encrypt(custom, settings, "plain")) != "plain")
        return 3;
    return calls == 2 ? 0 : 4;
}
