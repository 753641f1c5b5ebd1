"""The lab in 15 lines: curves and soft-label heatmap of a loop of one's own (OLS_URL)."""

import digits
import torch

from ols import OnlineLabelSmoothing
from ols.client import Lab

(train, test), model = digits.load(), digits.network()
criterion, optimizer = OnlineLabelSmoothing(10), torch.optim.Adam(model.parameters(), 1e-2)
with Lab().run("fifteen lines", config={"lr": 1e-2}, classes=list("0123456789")) as run:
    for epoch in range(1, 6):
        for images, labels in torch.utils.data.DataLoader(train, 64, shuffle=True):
            optimizer.zero_grad()
            loss = criterion(model.train()(images), labels)
            loss.backward()
            optimizer.step()
        criterion.end_epoch()
        top1 = (model.eval()(test.tensors[0]).argmax(1) == test.tensors[1]).float().mean()
        run.log(epoch=epoch, train_loss=loss, val_top1=top1)
        run.log_matrix("soft_labels", criterion.soft_labels, epoch=epoch)
