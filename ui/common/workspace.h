#pragma once

#include "ui/common/commands.h"
#include "ui/common/current_answer.h"
#include "ui/common/current_model.h"
#include "ui/common/overlays.h"
#include "ui/common/pictures.h"
#include "ui/common/regions.h"
#include "ui/common/selection.h"
#include "ui/worker/worker.h"

namespace fusionscope::ui {

/// What all parts of one window share. A part takes the workspace in its constructor, changes its objects and follows
/// their signals; it never knows another part. Jobs hand out results by signals of parts, so shutDown() comes before the
/// first part is destroyed.
struct Workspace {
    ~Workspace() { shutDown(); }
    /// Stops all jobs and waits for the running ones.
    void shutDown() {
        worker.shutDown();
        secondWorker.shutDown();
        reader.shutDown();
    }

    Commands commands{nullptr};
    Selection selection;
    Overlays overlays;
    Regions regions;
    CurrentAnswer answer;
    Worker worker;  ///< the model, and everything computed with it
    Worker reader;  ///< files: never waits for the model
    CurrentModel model{worker};
    Worker secondWorker;                ///< the second model, and everything computed with it
    CurrentModel second{secondWorker};  ///< held beside the first to compare them; only there when it was asked for
    Pictures pictures{reader};
};

}  // namespace fusionscope::ui
