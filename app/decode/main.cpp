#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "app/decode/say.h"
#include "app/decode/serve.h"
#include "core/files/error.h"
#include "core/video/samplers.h"

using namespace fusionscope;
using decode::say;

namespace {

constexpr rlim_t mostMemory = rlim_t{8} << 30, mostSeconds = 600;

void limit(__rlimit_resource resource, rlim_t most) {
    const rlimit both{most, most};
    setrlimit(resource, &both);
}

struct Choice {
    std::vector<std::int64_t> frames;
    std::vector<double> changes;  ///< of scenes: from each frame to the one after it
};

Choice choose(video::FrameReader& reader, const std::string& how, double value, const video::Pass& pass) {
    if (how == "every") return {video::framesEvery(reader, value), {}};
    if (how != "scenes") return {video::uniformFrames(reader, static_cast<int>(value)), {}};
    auto changes = video::frameChanges(reader, pass);
    return {video::sceneFrames(changes, value), std::move(changes)};
}

void decodeChosen(const char* file, const std::string& how, double value, std::size_t most) {
    const video::Pass pass{{}, [](double share) { say({{"progress", share}}); }};
    video::FrameReader reader(file, pass);
    const auto [frames, changes] = choose(reader, how, value, pass);
    if (frames.size() > most)
        throw Error(concat(how == "scenes" ? "has " : "gives ", frames.size(), how == "scenes" ? " scenes" : " frames",
                           ", at most ", most, " can be taken"),
                    file,
                    how == "scenes" ? "Give a higher threshold with --scenes."
                                    : "Take a longer interval with --every, or a number with --frames.");
    say({{"frames", frames.size()}, {"duration", reader.seconds()}, {"all", reader.count()}});
    for (const auto index : frames) {
        const auto picture = reader.frame(index, pass);
        nlohmann::json head = {{"width", picture.size.width},
                               {"height", picture.size.height},
                               {"seconds", reader.secondsOf(index)},
                               {"index", index}};
        if (index > 0 && !changes.empty()) head["change"] = changes[static_cast<std::size_t>(index) - 1];
        say(head);
        std::cout.write(reinterpret_cast<const char*>(picture.rgb.data()), static_cast<std::streamsize>(picture.rgb.size()));
    }
    std::cout.flush();
}

}  // namespace

/// Frames of a video, decoded in a process of their own: a file that is made to break decoders breaks this one alone.
///
/// fusionscope-decode FILE frames|every|scenes VALUE MOST writes JSON lines to standard output: {"progress": share} while
/// the file is read, then {"frames": n, "duration": seconds, "all": frames of the video}, then for each frame {"width": w,
/// "height": h, "seconds": t, "index": i} (of scenes with "change", from the frame before) followed by its h · w · 3 bytes
/// of RGB. What is wrong with the file is told as {"problem", "where", "hint"}, with exit status 1.
///
/// fusionscope-decode FILE serve keeps the video open and answers requests (see decode::serve).
int main(int argc, char** argv) {
    const bool serves = argc == 3 && std::string_view(argv[2]) == "serve";
    if (argc != 5 && !serves) return 2;
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody waits for what a dead program asked for
    limit(RLIMIT_AS, mostMemory);
    if (serves) return decode::serve(argv[1]);
    limit(RLIMIT_CPU, mostSeconds);
    return decode::tellProblems(argv[1], [&] {
        decodeChosen(argv[1], argv[2], std::atof(argv[3]), static_cast<std::size_t>(std::atoi(argv[4])));
    });
}
