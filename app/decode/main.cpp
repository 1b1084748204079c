#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/files/error.h"
#include "core/video/samplers.h"

using namespace fusionscope;

namespace {

constexpr rlim_t mostMemory = rlim_t{8} << 30, mostSeconds = 600;

void limit(__rlimit_resource resource, rlim_t most) {
    const rlimit both{most, most};
    setrlimit(resource, &both);
}

void say(const nlohmann::json& line) {
    std::cout << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n' << std::flush;
}

void decode(const char* file, int wanted) {
    video::FrameReader reader(file, {{}, [](double share) { say({{"progress", share}}); }});
    const auto indices = video::uniformFrames(reader, wanted);
    say({{"frames", indices.size()}, {"duration", reader.seconds()}});
    for (const auto index : indices) {
        const auto picture = reader.frame(index);
        say({{"width", picture.size.width}, {"height", picture.size.height}, {"seconds", reader.secondsOf(index)}});
        std::cout.write(reinterpret_cast<const char*>(picture.rgb.data()), static_cast<std::streamsize>(picture.rgb.size()));
    }
    std::cout.flush();
}

}  // namespace

/// Frames of a video, decoded in a process of their own: a file that is made to break decoders breaks this one alone.
///
/// fusionscope-decode FILE N writes JSON lines to standard output: {"progress": share} while the file is read, then
/// {"frames": n, "duration": seconds}, then for each frame {"width": w, "height": h, "seconds": t} followed by its
/// h · w · 3 bytes of RGB. What is wrong with the file is told as {"problem", "where", "hint"}, with exit status 1.
int main(int argc, char** argv) {
    if (argc != 3) return 2;
    limit(RLIMIT_AS, mostMemory);
    limit(RLIMIT_CPU, mostSeconds);
    try {
        decode(argv[1], std::atoi(argv[2]));
        return std::cout.good() ? 0 : 1;
    } catch (const Error& error) {
        say({{"problem", error.problem()}, {"where", error.where()}, {"hint", error.hint()}});
    } catch (const std::exception& error) {
        say({{"problem", std::string("cannot be decoded (") + error.what() + ")"}, {"where", argv[1]}, {"hint", ""}});
    }
    return 1;
}
