#include "app/cli/command.h"
#include "core/engine/program_files.h"
#include "core/files/error.h"
#include "core/world/world_export.h"
#include "ui/plot/offscreen_gui.h"

namespace fusionscope::cli {

namespace {

struct Options {
    int sheet = 0, count = 100;
    uint64_t seed = 1;
    std::string split = "train", family, out, folder;
};

/// "outdoor, table, …"
std::string familyNames() {
    std::string names;
    for (const world::Family family : world::families) names += (names.empty() ? "" : ", ") + std::string(world::nameOf(family));
    return names;
}

/// @throws CLI::ValidationError naming the families that there are
std::optional<world::Family> familyNamed(const std::string& name) {
    if (name.empty()) return std::nullopt;
    for (const world::Family family : world::families)
        if (world::nameOf(family) == name) return family;
    throw CLI::ValidationError("--family", "\"" + name + "\" is none of " + familyNames());
}

int run(const Options& options, Terminal& terminal) {
    if ((options.sheet > 0) == !options.folder.empty())
        throw CLI::ValidationError("--sheet", "choose either --sheet N --out FILE or --export DIR");
    if (options.sheet > 0 && options.out.empty()) throw CLI::RequiredError("--out");
    world::Batch batch{world::splitNamed(options.split), options.seed, options.sheet > 0 ? options.sheet : options.count,
                       familyNamed(options.family)};
    const plot::OffscreenGui gui;
    const auto materials = world::Materials::load(engine::worldMaterials());
    const auto control = terminal.beginTask();
    if (options.sheet > 0) {
        if (!world::contactSheet(materials, batch).save(QString::fromStdString(options.out)))
            throw Error("the picture cannot be written", options.out, "Name a file that ends in .png and can be made.");
    } else {
        world::exportPictures(materials, batch, options.folder, [&](int done) {
            if (control.stop.stop_requested()) throw Stopped();
            control.report(concat("Painting picture ", done, " of ", batch.count), static_cast<double>(done) / batch.count);
        });
    }
    terminal.endTask();
    terminal.writeLine(options.sheet > 0 ? options.out : concat(options.folder, ": ", batch.count, " pictures, labels in pictures.jsonl"));
    return Done;
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("--sheet", options->sheet, "Paint so many pictures side by side with boxes and captions")
        ->check(CLI::Range(1, 400))
        ->type_name("N");
    app.add_option("--out", options->out, "Picture to write the sheet to")->type_name("FILE");
    app.add_option("--export", options->folder, "New folder for pictures and pictures.jsonl: captions, boxes, text, conversations")
        ->type_name("DIR");
    app.add_option("--count", options->count, "Pictures to export")->check(CLI::Range(1, 10'000'000))->type_name("N")->capture_default_str();
    app.add_option("--split", options->split, "train, test, what training holds out: style, fonts, words, pairs, photos, or others' pictures: fashion, digits")
        ->check(CLI::IsMember({"train", "test", "style", "fonts", "words", "pairs", "photos", "fashion", "digits"}))
        ->capture_default_str();
    app.add_option("--family", options->family, "Only one family of scenes: " + familyNames());
    app.add_option("--seed", options->seed, "The same seed gives the same pictures")->type_name("N")->capture_default_str();
    return [options](Terminal& terminal) { return run(*options, terminal); };
}

}  // namespace

const Command worldCommand = {
    "world",
    "Paint labelled pictures of the visual world that the bundled model learns from.",
    "world --sheet 24 --out sheet.png",
    prepare,
};

}  // namespace fusionscope::cli
