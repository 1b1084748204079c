#include "app/decode/say.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "core/files/error.h"

namespace fusionscope::decode {

void say(const nlohmann::json& line) {
    std::cout << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n' << std::flush;
}

int tellProblems(const char* file, const std::function<void()>& work) {
    try {
        work();
        return std::cout.good() ? 0 : 1;
    } catch (const Error& error) {
        say({{"problem", error.problem()}, {"where", error.where()}, {"hint", error.hint()}});
    } catch (const std::exception& error) {
        say({{"problem", std::string("cannot be decoded (").append(error.what()).append(")")}, {"where", file}, {"hint", ""}});
    }
    return 1;
}

}  // namespace fusionscope::decode
